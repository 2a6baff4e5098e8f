"""Cognito: runs the triggers of a user pool as Cognito does, and lets API Gateway fetch the keys of a pool over TLS."""

from ministack.core.responses import get_region
from ministack.services import apigateway_v1, cognito, lambda_svc

original_confirm_sign_up, original_admin_confirm_sign_up = cognito._confirm_sign_up, cognito._admin_confirm_sign_up


def confirm_and_run_trigger(data):
    """Confirms a sign-up with a code. Like Cognito, also marks the email address as verified."""
    response = original_confirm_sign_up(data)
    if response[0] != 200:
        return response
    pool, pool_id = cognito._pool_for_client(data["ClientId"])
    user, _ = cognito._resolve_user(pool, data["Username"])
    attributes = cognito._attr_list_to_dict(user["Attributes"])
    if "email" in (pool.get("AutoVerifiedAttributes") or []) and "email" in attributes:
        attributes["email_verified"] = "true"
        user["Attributes"] = cognito._dict_to_attr_list(attributes)
    return run_trigger(pool, pool_id, user, data["ClientId"]) or response


def admin_confirm_and_run_trigger(data):
    """Confirms a sign-up for an operator, which does not verify the email address."""
    response = original_admin_confirm_sign_up(data)
    if response[0] != 200:
        return response
    pool, _ = cognito._resolve_pool(data["UserPoolId"])
    user, _ = cognito._resolve_user(pool, data["Username"])
    return run_trigger(pool, data["UserPoolId"], user, "CLIENT_ID_NOT_APPLICABLE") or response


def run_trigger(pool, pool_id, user, client_id):
    """Runs the post-confirmation function of the pool. Returns an error response if it fails, else None."""
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
    execution_record = lambda_svc._execution_record_for_config(record, config)
    result = lambda_svc._execute_function_with_config_scope(execution_record, event)
    if not result.get("error"):
        return None
    return cognito.error_response_json(
        "UserLambdaValidationException", f"PostConfirmation failed with error {result.get('body')}.", 400)


cognito._confirm_sign_up, cognito._admin_confirm_sign_up = confirm_and_run_trigger, admin_confirm_and_run_trigger

original_extract_trigger_response = cognito._extract_trigger_response


def extract_trigger_response(payload):
    """Copies the groups into the details of each token: Cognito applies them to both tokens, MiniStack reads them per token."""
    response = original_extract_trigger_response(payload) or {}
    details = response.get("claimsAndScopeOverrideDetails") or {}
    if "groupOverrideDetails" in details:
        for token in ("accessTokenGeneration", "idTokenGeneration"):
            details[token] = {**(details.get(token) or {}), "groupOverrideDetails": details["groupOverrideDetails"]}
    return response


cognito._extract_trigger_response = extract_trigger_response

original_resolve_jwks_url = apigateway_v1._resolve_jwks_url


async def resolve_jwks_url(authorizer):
    """Returns an https URL, because the authorizer fetches the keys from MiniStack, which accepts only TLS here."""
    return (await original_resolve_jwks_url(authorizer)).replace("http://", "https://")


apigateway_v1._resolve_jwks_url = resolve_jwks_url
