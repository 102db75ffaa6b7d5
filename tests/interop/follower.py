"""follower.py: a connector that follows a stream, as pycti's makers write them. It prints events as octi-stream does; on
SIGUSR1 it stores its state."""

import json
import signal

from pycti import OpenCTIConnectorHelper

# Before the helper's threads begin, which have the same mask.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
helper = OpenCTIConnectorHelper({})


def tell(message):
    print(json.dumps({"id": message.id, "event": message.event, "data": json.loads(message.data)}), flush=True)


helper.listen_stream(tell)
signal.sigwait([signal.SIGUSR1])
helper.force_ping()
signal.pause()
