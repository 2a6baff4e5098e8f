"""SES: policies may ask where a mail comes from, which MiniStack does not tell them."""

import json
from contextvars import ContextVar

from ministack import app

sender = ContextVar("sender", default=None)
enforce_ses_v2, enforce_data_plane = app._enforce_ses_v2, app._enforce_data_plane


def enforce_with_sender(method, path, headers, body, query_params, request_id):
    sends = method == "POST" and path.endswith("/outbound-emails")
    token = sender.set(json.loads(body).get("FromEmailAddress") if sends else None)
    try:
        return enforce_ses_v2(method, path, headers, body, query_params, request_id)
    finally:
        sender.reset(token)


def told_of_sender(service, *request, **more):
    if service == "sesv2" and sender.get():
        more["service_context"] = {"ses:FromAddress": sender.get()}
    return enforce_data_plane(service, *request, **more)


app._enforce_ses_v2, app._enforce_data_plane = enforce_with_sender, told_of_sender
