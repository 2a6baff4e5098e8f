"""CloudFormation: adds the types and attributes that the emulator lacks."""

import hashlib

from ministack.core.responses import get_account_id, get_region
from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners
from stub_types import STUB_ATTRIBUTES, STUB_TYPES


def add_type(name, create, delete=lambda physical_id, props: None):
    """Adds a type. `create(logical_id, props, stack)` returns the physical id and the attributes."""
    provisioners._RESOURCE_HANDLERS.setdefault(name, {"create": create, "delete": delete})


def create_arn(service, resource):
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def create_key(stack, logical_id):
    """Returns seventeen hexadecimal digits, the same in each deployment of the same resource."""
    return hashlib.sha256(f"{stack}:{logical_id}".encode()).hexdigest()[:17]


def add_stub_type(name, id_pattern, attributes):
    def create(logical_id, props, stack):
        arn = create_arn(name.split("::")[1].lower(), "").rstrip(":")
        values = {"key": create_key(stack, logical_id), "name": f"{stack}-{logical_id}", "arn": arn}
        physical_id = id_pattern.format(**values)
        return physical_id, {key: pattern.format(**values, id=physical_id) for key, pattern in attributes.items()}

    add_type(name, create)


def add_attributes(name, extend):
    """Changes a type of the emulator: `extend(physical_id, attributes, props)` returns its attributes."""
    handlers = provisioners._RESOURCE_HANDLERS[name]
    create, update = handlers["create"], handlers["update"]

    def extend_result(result, props):
        physical_id, attributes = result
        return physical_id, extend(physical_id, attributes, props)

    handlers["create"] = lambda logical_id, props, *rest: extend_result(create(logical_id, props, *rest), props)
    handlers["update"] = lambda physical_id, old, new, *rest: extend_result(update(physical_id, old, new, *rest), new)


# MiniStack refuses alarms with metric math, which most of ours use, so all alarms exist as records only.
provisioners._RESOURCE_HANDLERS.pop("AWS::CloudWatch::Alarm")

for name, (id_pattern, attributes) in STUB_TYPES.items():
    add_stub_type(name, id_pattern, attributes)
for name, sources in STUB_ATTRIBUTES.items():
    add_attributes(name, lambda _, attributes, props, sources=sources: {
        **attributes, **{attribute: props[source] for attribute, source in sources.items()}})


# The block that Amazon would assign to a network with IPv6.
add_attributes("AWS::EC2::VPC", lambda _, attributes, props: {**attributes, "Ipv6CidrBlocks": ["2001:db8:1234:1a00::/56"]})


# The DNS records with which a domain allows SES to sign its email. The stack has them as outputs.

def add_dkim_records(domain, attributes, props):
    tokens = {number: create_key(domain, str(number)) for number in (1, 2, 3)}
    names = {f"DkimDNSTokenName{number}": f"{token}._domainkey.{domain}" for number, token in tokens.items()}
    values = {f"DkimDNSTokenValue{number}": f"{token}.dkim.amazonses.com" for number, token in tokens.items()}
    return {**attributes, **names, **values}


add_attributes("AWS::SES::EmailIdentity", add_dkim_records)


# `Ref` of a secret must be its ARN, because the policies of the functions use it.

secret_handlers = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
create_secret, update_secret, delete_secret = (secret_handlers[step] for step in ("create", "update", "delete"))


def find_secret_name(secret_arn):
    return secretsmanager._resolve(secret_arn)[0]


def replace_id_with_arn(result):
    return result[1]["Arn"], result[1]


secret_handlers["create"] = lambda *args: replace_id_with_arn(create_secret(*args))
secret_handlers["update"] = lambda secret_arn, *args: replace_id_with_arn(update_secret(find_secret_name(secret_arn), *args))
secret_handlers["delete"] = lambda secret_arn, props: delete_secret(find_secret_name(secret_arn), props)
