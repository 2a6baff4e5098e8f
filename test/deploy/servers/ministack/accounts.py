"""Cognito: what happens after a confirmation, and how API Gateway gets a pool's keys."""

from ministack.core.responses import get_region
from ministack.services import apigateway_v1, cognito, lambda_svc

confirm_sign_up, admin_confirm_sign_up = cognito._confirm_sign_up, cognito._admin_confirm_sign_up


def confirm_and_run_trigger(data):
    """Cognito counts an address that was confirmed with a code as verified."""
    answer = confirm_sign_up(data)
    if answer[0] != 200:
        return answer
    pool, pool_id = cognito._pool_for_client(data["ClientId"])
    user, _ = cognito._resolve_user(pool, data["Username"])
    attributes = cognito._attr_list_to_dict(user["Attributes"])
    if "email" in (pool.get("AutoVerifiedAttributes") or []) and "email" in attributes:
        attributes["email_verified"] = "true"
        user["Attributes"] = cognito._dict_to_attr_list(attributes)
    return trigger_error(pool, pool_id, user, data["ClientId"]) or answer


def admin_confirm_and_run_trigger(data):
    """The word of an operator, whose confirmation says nothing of the address."""
    answer = admin_confirm_sign_up(data)
    if answer[0] != 200:
        return answer
    pool, _ = cognito._resolve_pool(data["UserPoolId"])
    user, _ = cognito._resolve_user(pool, data["Username"])
    return trigger_error(pool, data["UserPoolId"], user, "CLIENT_ID_NOT_APPLICABLE") or answer


def trigger_error(pool, pool_id, user, client_id):
    """Cognito calls the pool's function before it answers. What it answers instead when that fails, else None."""
    handler = (pool.get("LambdaConfig") or {}).get("PostConfirmation")
    if not handler:
        return None
    attributes = cognito._attr_list_to_dict(user["Attributes"])
    event = {
        "version": "1", "region": get_region(), "userPoolId": pool_id, "userName": user["Username"],
        "callerContext": {"awsSdkVersion": "emulator", "clientId": client_id},
        "triggerSource": "PostConfirmation_ConfirmSignUp",
        "request": {"userAttributes": {**attributes, "cognito:user_status": "CONFIRMED"}}, "response": {},
    }
    record, config, _ = lambda_svc._get_func_record_for_ref(handler)
    run = lambda_svc._execution_record_for_config(record, config)
    result = lambda_svc._execute_function_with_config_scope(run, event)
    if not result.get("error"):
        return None
    return cognito.error_response_json(
        "UserLambdaValidationException", f"PostConfirmation failed with error {result.get('body')}.", 400)


cognito._confirm_sign_up, cognito._admin_confirm_sign_up = confirm_and_run_trigger, admin_confirm_and_run_trigger

trigger_response = cognito._extract_trigger_response


def with_groups_for_each_token(payload):
    """Cognito takes the groups for both tokens from beside what is said of each; MiniStack looks for them within."""
    response = trigger_response(payload) or {}
    details = response.get("claimsAndScopeOverrideDetails") or {}
    if "groupOverrideDetails" in details:
        for token in ("accessTokenGeneration", "idTokenGeneration"):
            details[token] = {**(details.get(token) or {}), "groupOverrideDetails": details["groupOverrideDetails"]}
    return response


cognito._extract_trigger_response = with_groups_for_each_token

jwks_url = apigateway_v1._resolve_jwks_url


async def jwks_url_over_tls(authorizer):
    """The authorizer fetches the keys from MiniStack itself, which is here reached over TLS only."""
    return (await jwks_url(authorizer)).replace("http://", "https://")


apigateway_v1._resolve_jwks_url = jwks_url_over_tls
