"""Lambda: reads the destination of failed events from the invoked alias. MiniStack reads it from the version, which has none."""

from ministack.services import lambda_svc

original_invoke_async = lambda_svc.invoke_async_with_retry


def invoke_async_with_alias_config(function, event):
    config = function.get("config") or function
    name, _, qualifier = config["FunctionArn"].partition(":function:")[2].partition(":")
    alias_config = lambda_svc._event_invoke_config(lambda_svc._functions[name], qualifier)
    original_invoke_async({**function, "event_invoke_config": alias_config} if alias_config else function, event)


lambda_svc.invoke_async_with_retry = invoke_async_with_alias_config
