"""Answers in JSON."""

import json

from aiohttp import web


def answer(value, status=200, headers=None, kind="application/json"):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    response = web.Response(status=status, body=text.encode(), headers=headers)
    response.content_type, response.charset = kind, "utf-8"
    return response
