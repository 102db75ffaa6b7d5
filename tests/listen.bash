# shellcheck shell=bash disable=SC2034
# What the tests of octi-listen share, beside send.bash.

load send

entity=ipv4-addr--77777777-7777-4777-8777-777777777777
green=marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da
objects='[{"type": "ipv4-addr", "spec_version": "2.1", "id": "'$entity'", "value": "198.51.100.7", "object_marking_refs": ["'$green'"]}]'
malware='{"type": "malware", "id": "malware--44444444-4444-4444-8444-444444444444", "name": "Feodo", "is_family": true}'

begin_listening() { # TYPE [PLATFORM]: a new connector of that type, in a clean place
    begin "${2-platform}"
    export CONNECTOR_TYPE=$1 CONNECTOR_SCOPE=not-applicable TMPDIR=$BATS_TEST_TMPDIR/tmp
    export OPENCTI_JSON_LOGGING=false CONNECTOR_LOG_LEVEL=WARNING
    mkdir -p "$TMPDIR"
    control POST objects "$objects" >/dev/null
    faults
    forget_requests
}

# Starts octi-listen beside the test: stdout and stderr go to `out` and `err`. It has registered then, this one; what it
# does from there on may still be to come.
listen() { # ARGS...
    local before
    before=$(_registered)
    [ ! -e handler ] || chmod +x handler
    octi-listen "$@" >out 2>err 3>&- 4>&- &
    listener=$!
    until_true 20 _has_registered "$before"
}
_registered() { requests RegisterConnector | jq -s 'map(select(.status)) | length'; }
_has_registered() { [ "$(_registered)" -gt "$1" ]; }
known() { [ "$(control GET connectors | jq --arg id "$CONNECTOR_ID" 'map(select(.id == $id)) | length')" = 1 ]; }

stop() { # STATUS: ends it, as a supervisor does
    kill -TERM "$listener"
    exits "$listener" "$1"
}

listen_down() {
    local job
    for job in $(jobs -p); do kill -KILL "$job" 2>/dev/null || :; done
}

# handler: notes what it is given, and prints the texts, a line each.
handler() { # TEXT...
    local text
    {
        echo '#!/bin/sh'
        echo 'env >environment; cat >stdin; IFS="|"; echo "$*" >arguments; cat "$OCTI_REGISTRATION" >registration.seen; cat "$OCTI_JOB" >job.seen'
        for text in "$@"; do echo "printf '%s\n' '$text'"; done
    } >handler
    chmod +x handler
}

variable() { sed -n "s/^$1=//p" environment; } # NAME: as the handler had it

# job INTERNAL EVENT [FILE]: puts it on the queue (or into the file); the id of its work goes to $work.
job() {
    local envelope
    # `long` in the event becomes so many bytes.
    envelope=$(jq -nc --argjson internal "$1" --argjson event "$2" \
        '{$internal, $event} | if .event.long then .event.long |= "x" * . else . end')
    if [ -n "${3-}" ]; then
        work=$(octi-work start)
        jq -c --arg id "$work" '.internal.work_id = $id' <<<"$envelope" >"$3"
        return
    fi
    work=$(printf '%s' "$envelope" | curl -sS --fail-with-body --data-binary @- "$OPENCTI_URL/_test/connector/$CONNECTOR_ID/job" | jq -r .work_id)
}

enrich() { # a job that somebody asked for; the id of its work goes to $work
    work=$(octi-query -r stixCoreObjectEdit.askEnrichment.id -v id="$entity" -v connector="$CONNECTOR_ID" \
        'mutation ask($id: ID!, $connector: ID!) { stixCoreObjectEdit(id: $id) { askEnrichment(connectorId: $connector) { id } } }')
}

raw() { # TEXT: a message of these bytes
    amqp "c.basic_publish('', queue.replace('push_', 'listen_'), $(jq -nc --arg text "$1" '$text').encode())"
}

listen_depth() { amqp 'print(c.queue_declare(queue.replace("push_", "listen_"), passive=True).method.message_count)'; }

_closed() { [ "$(work "$work" | jq -r .processed_time)" != null ]; }
closed() { until_true 30 _closed; } # the job's work is processed
settled_in() { [ "$(find "$1" -name '*.json' | wc -l)" -eq "$2" ]; } # DIR COUNT

# What was asked for a job: not the registration, the questions of the tests, nor what is asked while waiting.
operations_of_job() {
    asked | grep -vxE 'RegisterConnector|ask|PingConnector|draftWorkspaceAdd' | awk '$0 != last; {last = $0}' | paste -sd ' '
}

_listening() { # somebody takes this connector's jobs
    [ "$(amqp 'print(c.queue_declare(queue.replace("push_", "listen_"), passive=True).method.consumer_count)')" -gt 0 ]
}
