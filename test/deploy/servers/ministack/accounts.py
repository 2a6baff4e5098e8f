"""Cognito: runs the trigger of a user pool and requires second factors as Cognito does, and lets API Gateway fetch the keys of a
pool over TLS."""

import json
import secrets

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

# The user of each session in which a second factor is being set up, and the sessions in which it is.
setup_users, verified_sessions = {}, set()
original_find_mfa_challenge, original_respond = cognito._mfa_challenge_for_user, cognito._respond_to_auth_challenge
original_associate_token, original_verify_token = cognito._associate_software_token, cognito._verify_software_token


def find_mfa_challenge(pool, user, pool_id, username):
    """Where the pool requires a second factor, a user without one must set it up. MiniStack issues tokens."""
    if pool.get("MfaConfiguration") != "ON" or "SOFTWARE_TOKEN_MFA" in user.get("_mfa_enabled", []):
        return original_find_mfa_challenge(pool, user, pool_id, username)
    session = secrets.token_urlsafe(32)
    setup_users[session] = user
    parameters = {"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]', "USER_ID_FOR_SRP": username}
    return {"ChallengeName": "MFA_SETUP", "Session": session, "ChallengeParameters": parameters}


def respond_to_challenge(data):
    """Requires the second factor also after a new password, and tokens for it only with the session of its verification."""
    if data["ChallengeName"] == "MFA_SETUP" and data.get("Session") not in verified_sessions:
        return cognito.error_response_json("NotAuthorizedException", "Invalid session for the user.", 400)
    response = original_respond(data)
    if response[0] != 200 or data["ChallengeName"] != "NEW_PASSWORD_REQUIRED":
        return response
    pool, pool_id = cognito._pool_for_client(data["ClientId"])
    user, _ = cognito._resolve_user(pool, data["ChallengeResponses"]["USERNAME"])
    challenge = cognito._mfa_challenge_for_user(pool, user, pool_id, user["Username"])
    return cognito.json_response(challenge) if challenge else response


def associate_token(data):
    """Creates the secret of an authenticator app, and remembers whose it is."""
    response = original_associate_token(data)
    user = setup_users.get(data.get("Session"))
    if user:
        setup_users[json.loads(response[2])["Session"]] = user
    return response


def verify_token(data):
    """Checks the first code of an authenticator app, which is then the second factor of the user of the session, too."""
    secret = cognito._totp_session_secrets.get(data.get("Session"))
    response = original_verify_token(data)
    user = setup_users.get(data.get("Session"))
    if user and response[0] == 200:
        user.update({"_totp_secret": secret, "_mfa_enabled": ["SOFTWARE_TOKEN_MFA"], "_preferred_mfa": "SOFTWARE_TOKEN_MFA"})
        verified_sessions.add(json.loads(response[2])["Session"])
    return response


cognito._mfa_challenge_for_user, cognito._respond_to_auth_challenge = find_mfa_challenge, respond_to_challenge
cognito._associate_software_token, cognito._verify_software_token = associate_token, verify_token

original_resolve_jwks_url = apigateway_v1._resolve_jwks_url


async def resolve_jwks_url(authorizer):
    """Returns an https URL, because the authorizer fetches the keys from MiniStack, which accepts only TLS here."""
    return (await original_resolve_jwks_url(authorizer)).replace("http://", "https://")


apigateway_v1._resolve_jwks_url = resolve_jwks_url
