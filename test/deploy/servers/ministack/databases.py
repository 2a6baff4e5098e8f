"""Aurora, RDS Proxy and ElastiCache: the servers that we started stand for them, and who may sign in is said here."""

import json
import os
import time

from ministack import app
from ministack.core import iam_evaluator, rds_iam
from ministack.core.responses import get_account_id, request_scope
from ministack.services import elasticache, rds, secretsmanager, sts
from ministack.services.cloudformation import provisioners
from templates import add_type, arn_of, complete, key_of

ENDPOINTS = json.loads(os.environ["MEDBOOK_ENDPOINTS"])
"""`writer`, `proxy` and `cache`, each `{ host, port }`."""

REGION = os.environ["MINISTACK_REGION"]

cluster_attributes = provisioners._rds_db_cluster_attrs


def with_our_writer(cluster):
    cluster.update(Endpoint=ENDPOINTS["writer"]["host"], Port=ENDPOINTS["writer"]["port"])
    return cluster_attributes(cluster)


provisioners._rds_db_cluster_attrs = with_our_writer


# MiniStack makes the owner's secret for who asks RDS itself for a cluster, and not for who asks CloudFormation.

def with_owner_secret(cluster_id, attributes, props):
    if str(props.get("ManageMasterUserPassword")).lower() != "true":
        return attributes
    cluster = rds._clusters[cluster_id]
    if "MasterUserSecret" not in cluster:
        password = rds._generate_master_user_password()
        owner = json.dumps({"username": cluster["MasterUsername"], "password": password})
        secret_arn = secretsmanager.create_secret_in_process(
            f"rds!{cluster['DbClusterResourceId'].lower()}", owner, description="Managed by RDS")
        cluster.update(_MasterUserPassword=password, MasterUserSecret={"SecretArn": secret_arn, "SecretStatus": "active"})
    return {**attributes, "MasterUserSecret.SecretArn": cluster["MasterUserSecret"]["SecretArn"]}


complete("AWS::RDS::DBCluster", with_owner_secret)

cluster_handlers = provisioners._RESOURCE_HANDLERS["AWS::RDS::DBCluster"]
delete_cluster = cluster_handlers["delete"]


def delete_with_secret(cluster_id, props):
    secret = (rds._clusters.get(cluster_id) or {}).get("MasterUserSecret")
    delete_cluster(cluster_id, props)
    if secret:
        secretsmanager.delete_secret_in_process(secret["SecretArn"])


cluster_handlers["delete"] = delete_with_secret

group_attributes = provisioners._ec_rg_attrs


def with_our_cache(group_id):
    address = {"Address": ENDPOINTS["cache"]["host"], "Port": ENDPOINTS["cache"]["port"]}
    for group in (elasticache._replication_groups.get(group_id) or {}).get("NodeGroups") or []:
        group.update(PrimaryEndpoint=address, ReaderEndpoint=address)
    return group_attributes(group_id)


provisioners._ec_rg_attrs = with_our_cache


# RDS Proxy: on the way in it asks IAM whether the caller may connect to it, on the way on whether it may connect to the
# cluster itself.

proxies = {}


def create_proxy(logical_id, props, stack):
    name = props.get("DBProxyName") or f"{stack}-{logical_id}"
    proxy_id = "prx-" + key_of(stack, logical_id)
    proxies[name] = {"id": proxy_id, "role": props["RoleArn"].rsplit("/", 1)[-1], "clusters": []}
    proxy_arn = arn_of("rds", f"db-proxy:{proxy_id}")
    return name, {"DBProxyArn": proxy_arn, "Endpoint": ENDPOINTS["proxy"]["host"], "VpcId": ""}


def create_proxy_target(logical_id, props, stack):
    proxies[props["DBProxyName"]]["clusters"] = props.get("DBClusterIdentifiers") or []
    target = arn_of("rds", f"target-group:prx-tg-{key_of(stack, logical_id)}")
    return target, {"TargetGroupArn": target}


def create_proxy_endpoint(logical_id, props, stack):
    """There is one PostgreSQL, so the readers are the writer."""
    endpoint_id = "prx-endpoint-" + key_of(stack, logical_id)
    attributes = {"DBProxyEndpointArn": arn_of("rds", f"db-proxy-endpoint:{endpoint_id}"), "VpcId": ""}
    return props["DBProxyEndpointName"], {**attributes, "Endpoint": ENDPOINTS["proxy"]["host"], "IsDefault": False}


add_type("AWS::RDS::DBProxyEndpoint", create_proxy_endpoint)
add_type("AWS::RDS::DBProxy", create_proxy, lambda name, props: proxies.pop(name, None))
add_type("AWS::RDS::DBProxyTargetGroup", create_proxy_target)


def check_proxy_sign_in(user, token):
    """To which cluster RDS Proxy lets this user with this token, or why it does not."""
    account = get_account_id()
    found = rds_iam.verify_rds_iam_token(
        token, hostname=ENDPOINTS["proxy"]["host"], port=ENDPOINTS["proxy"]["port"],
        db_user=user, region=REGION, account_id=account,
    )
    if isinstance(found, rds_iam.RdsIamTokenError):
        return {"refusal": f"the token is not valid: {found.code}"}
    caller = iam_evaluator.resolve_principal(found.access_key_id, account)
    for proxy in proxies.values():
        if not may_connect(caller.arn, caller.type, caller.policies, proxy["id"], user):
            continue
        role = f"arn:aws:sts::{account}:assumed-role/{proxy['role']}/rds-proxy"
        policies = iam_evaluator._gather_role_policies(proxy["role"], account)
        clusters = [rds._clusters[name]["DbClusterResourceId"] for name in proxy["clusters"]]
        if clusters and all(may_connect(role, "AssumedRole", policies, cluster, user) for cluster in clusters):
            return {"cluster": clusters[0]}
        return {"refusal": f"the proxy's role {proxy['role']} may not connect to the cluster as {user}"}
    return {"refusal": f"{caller.arn} may not connect to the proxy as {user}"}


def check_writer_sign_in(user, password):
    """The same for the clusters themselves, of which only the owners have passwords."""
    for cluster in rds._clusters.values():
        if (user, password) == (cluster["MasterUsername"], cluster["_MasterUserPassword"]):
            return {"cluster": cluster["DbClusterResourceId"]}
    return {"refusal": "that is not the owner's password"}


def may_connect(principal, kind, policies, resource, user):
    if policies is None:  # the account's root, who may do everything
        return True
    context = iam_evaluator.EvalContext(
        principal_arn=principal, principal_type=kind, principal_account=get_account_id(), action="rds-db:connect",
        resource_arn=f"arn:aws:rds-db:{REGION}:{get_account_id()}:dbuser:{resource}/{user}", region=REGION,
    )
    return iam_evaluator.evaluate(context, policies).decision == "Allow"


SIGN_IN_PATH = "/_medbook/rds/sign-in"
SIGN_IN_CHECKS = {"writer": check_writer_sign_in, "proxy": check_proxy_sign_in}
ministack = app.app


async def with_sign_in(scope, receive, send):
    """Asked by the server that stands in for RDS: whereto may `{ endpoint, user, password }`? Answers `{ cluster }` or `{ refusal }`."""
    if scope["type"] != "http" or scope["path"] != SIGN_IN_PATH:
        return await ministack(scope, receive, send)
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    asked = json.loads(body)
    with request_scope(get_account_id(), REGION):
        answer = json.dumps(SIGN_IN_CHECKS[asked["endpoint"]](asked["user"], asked["password"])).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})


app.app = with_sign_in

# The keys of a function's role last for hours, not for ever; MiniStack's own check of RDS tokens refuses those without
# an end.
register_session = sts.register_session


def with_expiration(access_key, session):
    register_session(access_key, {"Expiration": time.time() + 12 * 60 * 60, **session})


sts.register_session = with_expiration
