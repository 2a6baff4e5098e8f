"""What CloudFormation lacks here: types, attributes, and what it must tell the services."""

import hashlib

from ministack.core.responses import get_account_id, get_region
from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners
from stub_types import STUB_ATTRIBUTES, STUB_TYPES


def add_type(name, create, delete=lambda physical_id, props: None):
    """`create(logical_id, props, stack)` answers the physical id and the attributes."""
    provisioners._RESOURCE_HANDLERS.setdefault(name, {"create": create, "delete": delete})


def arn_of(service, resource):
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def key_of(stack, logical_id):
    """Seventeen hexadecimal digits, the same for the same resource at every deployment."""
    return hashlib.sha256(f"{stack}:{logical_id}".encode()).hexdigest()[:17]


def add_stub_type(name, id_pattern, attributes):
    def create(logical_id, props, stack):
        arn = arn_of(name.split("::")[1].lower(), "").rstrip(":")
        words = {"key": key_of(stack, logical_id), "name": f"{stack}-{logical_id}", "arn": arn}
        physical_id = id_pattern.format(**words)
        return physical_id, {key: pattern.format(**words, id=physical_id) for key, pattern in attributes.items()}

    add_type(name, create)


def complete(name, complete_answer):
    """Lets `complete_answer(physical_id, attributes, props)` say which attributes a type of the emulator's own has."""
    handlers = provisioners._RESOURCE_HANDLERS[name]
    create, update = handlers["create"], handlers["update"]

    def then(answer, props):
        physical_id, attributes = answer
        return physical_id, complete_answer(physical_id, attributes, props)

    handlers["create"] = lambda logical_id, props, *rest: then(create(logical_id, props, *rest), props)
    handlers["update"] = lambda physical_id, old, new, *rest: then(update(physical_id, old, new, *rest), new)


# MiniStack's own alarms refuse metric math, which most of ours are, so that all of them are on paper.
provisioners._RESOURCE_HANDLERS.pop("AWS::CloudWatch::Alarm")

for name, (id_pattern, attributes) in STUB_TYPES.items():
    add_stub_type(name, id_pattern, attributes)
for name, sources in STUB_ATTRIBUTES.items():
    complete(name, lambda _, attributes, props, sources=sources: {
        **attributes, **{attribute: props[source] for attribute, source in sources.items()}})


# The records by which a domain lets SES sign its mail, which are what the stack gives out.

def with_dkim_records(domain, attributes, props):
    tokens = {number: key_of(domain, str(number)) for number in (1, 2, 3)}
    names = {f"DkimDNSTokenName{number}": f"{token}._domainkey.{domain}" for number, token in tokens.items()}
    values = {f"DkimDNSTokenValue{number}": f"{token}.dkim.amazonses.com" for number, token in tokens.items()}
    return {**attributes, **names, **values}


complete("AWS::SES::EmailIdentity", with_dkim_records)


# `Ref` of a secret is its ARN, on which the policies of the functions rest.

secret_handlers = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
create_secret, update_secret, delete_secret = (secret_handlers[step] for step in ("create", "update", "delete"))


def secret_name(secret_arn):
    return secretsmanager._resolve(secret_arn)[0]


def by_arn(answer):
    return answer[1]["Arn"], answer[1]


secret_handlers["create"] = lambda *args: by_arn(create_secret(*args))
secret_handlers["update"] = lambda secret_arn, *args: by_arn(update_secret(secret_name(secret_arn), *args))
secret_handlers["delete"] = lambda secret_arn, props: delete_secret(secret_name(secret_arn), props)
