"""Aurora, RDS Proxy and ElastiCache: sets the endpoints of the servers behind them, and checks sign-ins to the databases."""

import json
import os
import time

from ministack import app
from ministack.core import iam_evaluator, rds_iam
from ministack.core.responses import get_account_id, request_scope
from ministack.services import elasticache, rds, secretsmanager, sts
from ministack.services.cloudformation import provisioners
from templates import add_attributes, add_type, create_arn, create_key

ENDPOINTS = json.loads(os.environ["MEDBOOK_ENDPOINTS"])
"""`writer`, `proxy` and `cache`, each `{ host, port }`."""

REGION = os.environ["MINISTACK_REGION"]

original_cluster_attributes = provisioners._rds_db_cluster_attrs


def list_cluster_attributes(cluster):
    cluster.update(Endpoint=ENDPOINTS["writer"]["host"], Port=ENDPOINTS["writer"]["port"])
    return original_cluster_attributes(cluster)


provisioners._rds_db_cluster_attrs = list_cluster_attributes


# MiniStack creates the owner's secret for a cluster that is created with the RDS API, but not with CloudFormation.

def add_owner_secret(cluster_id, attributes, props):
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


add_attributes("AWS::RDS::DBCluster", add_owner_secret)

cluster_handlers = provisioners._RESOURCE_HANDLERS["AWS::RDS::DBCluster"]
original_delete_cluster = cluster_handlers["delete"]


def delete_cluster(cluster_id, props):
    secret = (rds._clusters.get(cluster_id) or {}).get("MasterUserSecret")
    original_delete_cluster(cluster_id, props)
    if secret:
        secretsmanager.delete_secret_in_process(secret["SecretArn"])


cluster_handlers["delete"] = delete_cluster

original_group_attributes = provisioners._ec_rg_attrs


def list_group_attributes(group_id):
    address = {"Address": ENDPOINTS["cache"]["host"], "Port": ENDPOINTS["cache"]["port"]}
    for group in (elasticache._replication_groups.get(group_id) or {}).get("NodeGroups") or []:
        group.update(PrimaryEndpoint=address, ReaderEndpoint=address)
    return original_group_attributes(group_id)


provisioners._ec_rg_attrs = list_group_attributes


# RDS Proxy checks two permissions with IAM: whether the client may connect to the proxy, and whether the role of the proxy
# may connect to the cluster.

proxies = {}


def create_proxy(logical_id, props, stack):
    name = props.get("DBProxyName") or f"{stack}-{logical_id}"
    proxy_id = "prx-" + create_key(stack, logical_id)
    proxies[name] = {"id": proxy_id, "role": props["RoleArn"].rsplit("/", 1)[-1], "clusters": []}
    proxy_arn = create_arn("rds", f"db-proxy:{proxy_id}")
    return name, {"DBProxyArn": proxy_arn, "Endpoint": ENDPOINTS["proxy"]["host"], "VpcId": ""}


def create_proxy_target(logical_id, props, stack):
    proxies[props["DBProxyName"]]["clusters"] = props.get("DBClusterIdentifiers") or []
    target = create_arn("rds", f"target-group:prx-tg-{create_key(stack, logical_id)}")
    return target, {"TargetGroupArn": target}


def create_proxy_endpoint(logical_id, props, stack):
    """Uses the same host as the proxy, because there is only one PostgreSQL server, without readers."""
    endpoint_id = "prx-endpoint-" + create_key(stack, logical_id)
    attributes = {"DBProxyEndpointArn": create_arn("rds", f"db-proxy-endpoint:{endpoint_id}"), "VpcId": ""}
    return props["DBProxyEndpointName"], {**attributes, "Endpoint": ENDPOINTS["proxy"]["host"], "IsDefault": False}


add_type("AWS::RDS::DBProxyEndpoint", create_proxy_endpoint)
add_type("AWS::RDS::DBProxy", create_proxy, lambda name, props: proxies.pop(name, None))
add_type("AWS::RDS::DBProxyTargetGroup", create_proxy_target)


def check_proxy_sign_in(user, token):
    """Returns the cluster to which RDS Proxy connects this user with this token, or the reason for a refusal."""
    account = get_account_id()
    caller, refusal = find_caller("proxy", user, token)
    if refusal:
        return {"refusal": refusal}
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
    """Returns the cluster whose owner has this password, or to which this user may connect with this token, or a refusal."""
    for cluster in rds._clusters.values():
        if (user, password) == (cluster["MasterUsername"], cluster["_MasterUserPassword"]):
            return {"cluster": cluster["DbClusterResourceId"]}
    caller, refusal = find_caller("writer", user, password)
    if refusal:
        return {"refusal": f"the password is not that of an owner, and {refusal}"}
    for cluster in rds._clusters.values():
        if may_connect(caller.arn, caller.type, caller.policies, cluster["DbClusterResourceId"], user):
            return {"cluster": cluster["DbClusterResourceId"]}
    return {"refusal": f"{caller.arn} may not connect to a cluster as {user}"}


def find_caller(endpoint, user, token):
    """Returns the principal whose token for an endpoint this is, and the reason for a refusal. One of them is None."""
    account = get_account_id()
    result = rds_iam.verify_rds_iam_token(
        token, hostname=ENDPOINTS[endpoint]["host"], port=ENDPOINTS[endpoint]["port"],
        db_user=user, region=REGION, account_id=account,
    )
    if isinstance(result, rds_iam.RdsIamTokenError):
        return None, f"the token is not valid: {result.code}"
    return iam_evaluator.resolve_principal(result.access_key_id, account), None


def may_connect(principal, kind, policies, resource, user):
    if policies is None:  # the root user of the account, which has all permissions
        return True
    context = iam_evaluator.EvalContext(
        principal_arn=principal, principal_type=kind, principal_account=get_account_id(), action="rds-db:connect",
        resource_arn=f"arn:aws:rds-db:{REGION}:{get_account_id()}:dbuser:{resource}/{user}", region=REGION,
    )
    return iam_evaluator.evaluate(context, policies).decision == "Allow"


SIGN_IN_PATH = "/_medbook/rds/sign-in"
SIGN_IN_CHECKS = {"writer": check_writer_sign_in, "proxy": check_proxy_sign_in}
original_app = app.app


async def handle_request(scope, receive, send):
    """Handles the sign-in checks of the RDS substitute: `{ endpoint, user, password }` to `{ cluster }` or `{ refusal }`."""
    if scope["type"] != "http" or scope["path"] != SIGN_IN_PATH:
        return await original_app(scope, receive, send)
    body, has_more = b"", True
    while has_more:
        message = await receive()
        body, has_more = body + message.get("body", b""), message.get("more_body", False)
    sign_in = json.loads(body)
    with request_scope(get_account_id(), REGION):
        result = json.dumps(SIGN_IN_CHECKS[sign_in["endpoint"]](sign_in["user"], sign_in["password"])).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": result})


app.app = handle_request

# MiniStack creates keys without an expiration for the role of a function, but refuses RDS tokens that such keys sign. In AWS
# these keys expire after some hours.
original_register_session = sts.register_session


def register_session_with_expiration(access_key, session):
    original_register_session(access_key, {"Expiration": time.time() + 12 * 60 * 60, **session})


sts.register_session = register_session_with_expiration
