"""API Gateway: imports all of an OpenAPI document. MiniStack imports neither mock integrations, nor the any-method, nor gateway
responses, and creates another API when the document changes."""


from ministack.services import apigateway_v1 as api_gateway
from ministack.services.cloudformation import provisioners

ANY_METHOD = "x-amazon-apigateway-any-method"
original_import_rest_api, original_import_path_item = api_gateway._import_rest_api, api_gateway._import_path_item
original_import_operation = api_gateway._import_operation


def import_rest_api(spec, base_data=None):
    api_id = original_import_rest_api(spec, base_data)
    import_gateway_responses(api_id, spec)
    return api_id


def import_gateway_responses(api_id, spec):
    for response_type, response in (spec.get("x-amazon-apigateway-gateway-responses") or {}).items():
        require_success(api_gateway._put_gateway_response(api_id, response_type, response))


def import_path_item(api_id, path, path_item, scheme_map=None, default_security=None):
    original_import_path_item(api_id, path, path_item, scheme_map, default_security)
    if ANY_METHOD in path_item:
        resource_id = next(key for key, value in api_gateway._resources[api_id].items() if value["path"] == path)
        import_operation(api_id, resource_id, "ANY", path_item[ANY_METHOD], scheme_map, default_security)


def import_operation(api_id, resource_id, http_method, operation, scheme_map=None, default_security=None):
    original_import_operation(api_id, resource_id, http_method, operation, scheme_map, default_security)
    integration = operation["x-amazon-apigateway-integration"]
    for status, response in operation["responses"].items():
        if status == "default":
            continue
        headers = {f"method.response.header.{name}": True for name in response.get("headers") or {}}
        require_success(api_gateway._put_method_response(
            api_id, resource_id, http_method, status, {"responseParameters": headers}))
    if integration["type"] != "mock":
        return
    require_success(api_gateway._put_integration(api_id, resource_id, http_method, {
        "type": "MOCK", "requestTemplates": integration["requestTemplates"],
        "passthroughBehavior": integration["passthroughBehavior"].upper(),
    }))
    for response in integration["responses"].values():
        require_success(api_gateway._put_integration_response(
            api_id, resource_id, http_method, str(response["statusCode"]), response))


def require_success(result):
    if result[0] >= 400:
        raise ValueError(f"The OpenAPI document cannot be imported: {result[2]}")


def update_rest_api(api_id, old_props, new_props, stack_name, logical_id=None):
    """Replaces the content of the API by that of the new document, and keeps its id, as API Gateway does."""
    spec = new_props["Body"]
    if spec != old_props.get("Body"):
        api_gateway._authorizers_v1[api_id].clear()
        api_gateway._gateway_responses[api_id].clear()
        resources = api_gateway._resources[api_id]
        root_id = next(key for key, value in resources.items() if value["path"] == "/")
        for key in [key for key in resources if key != root_id]:
            del resources[key]
        resources[root_id]["resourceMethods"] = {}
        scheme_map = api_gateway._import_security_schemes(api_id, spec)
        for path, path_item in spec["paths"].items():
            import_path_item(api_id, path, path_item, scheme_map, spec.get("security"))
        import_gateway_responses(api_id, spec)
    return original_update(api_id, {**old_props, "Body": spec}, new_props, stack_name, logical_id)


api_gateway._import_rest_api, api_gateway._import_path_item = import_rest_api, import_path_item
api_gateway._import_operation = import_operation
handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]
original_update = handlers["update"]
handlers["update"] = update_rest_api
