"""SES: requires permissions for the identity, the configuration set and the sender address. MiniStack requires them for `*`."""

import json
from contextvars import ContextVar
from email.utils import parseaddr

from ministack import app
from ministack.core.responses import get_account_id

sent_email = ContextVar("sent_email", default=None)
original_enforce_ses_v2, original_enforce_data_plane = app._enforce_ses_v2, app._enforce_data_plane


def enforce_ses_v2(method, path, headers, body, query_params, request_id):
    is_sending = method == "POST" and path.endswith("/outbound-emails")
    token = sent_email.set(json.loads(body) if is_sending else None)
    try:
        return original_enforce_ses_v2(method, path, headers, body, query_params, request_id)
    finally:
        sent_email.reset(token)


def enforce_data_plane(service, action, headers, query_params, request_id, **more):
    email = sent_email.get() if service == "sesv2" else None
    if email is None:
        return original_enforce_data_plane(service, action, headers, query_params, request_id, **more)
    sender = parseaddr(email["FromEmailAddress"])[1]
    names = ["identity/" + sender.partition("@")[2], "configuration-set/" + email["ConfigurationSetName"]]
    arn_prefix = f"arn:aws:ses:{app.extract_region(headers, query_params)}:{get_account_id()}"
    denials = (
        original_enforce_data_plane(
            service, action, headers, query_params, request_id,
            resource_arn=f"{arn_prefix}:{name}", service_context={"ses:FromAddress": sender},
        )
        for name in names
    )
    return next((denial for denial in denials if denial), None)


app._enforce_ses_v2, app._enforce_data_plane = enforce_ses_v2, enforce_data_plane
