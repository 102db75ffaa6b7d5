"""Instants as the platform writes them."""

import datetime


def now():
    return text(datetime.datetime.now(datetime.timezone.utc))


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (moment.microsecond // 1000)


def age_seconds(instant):
    then = datetime.datetime.fromisoformat(instant.replace("Z", "+00:00"))
    return (datetime.datetime.now(datetime.timezone.utc) - then).total_seconds()
