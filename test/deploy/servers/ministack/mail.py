"""SES: who sends needs the right to an identity and a configuration set, as a sender. MiniStack asks for the right to everything."""

import json
from contextvars import ContextVar
from email.utils import parseaddr

from ministack import app
from ministack.core.responses import get_account_id

sending = ContextVar("sending", default=None)
enforce_ses_v2, enforce_data_plane = app._enforce_ses_v2, app._enforce_data_plane


def enforce_as_sender(method, path, headers, body, query_params, request_id):
    sends = method == "POST" and path.endswith("/outbound-emails")
    token = sending.set(json.loads(body) if sends else None)
    try:
        return enforce_ses_v2(method, path, headers, body, query_params, request_id)
    finally:
        sending.reset(token)


def enforce_on_both(service, action, headers, query_params, request_id, **more):
    mail = sending.get() if service == "sesv2" else None
    if mail is None:
        return enforce_data_plane(service, action, headers, query_params, request_id, **more)
    sender = parseaddr(mail["FromEmailAddress"])[1]
    names = ["identity/" + sender.partition("@")[2], "configuration-set/" + mail["ConfigurationSetName"]]
    place = f"arn:aws:ses:{app.extract_region(headers, query_params)}:{get_account_id()}"
    denials = (
        enforce_data_plane(
            service, action, headers, query_params, request_id,
            resource_arn=f"{place}:{name}", service_context={"ses:FromAddress": sender},
        )
        for name in names
    )
    return next((denied for denied in denials if denied), None)


app._enforce_ses_v2, app._enforce_data_plane = enforce_as_sender, enforce_on_both
