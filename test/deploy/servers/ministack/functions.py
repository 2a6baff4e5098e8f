"""Lambda: what became of an event is kept where the alias says that was invoked. MiniStack asks the version behind it, which says nothing."""

from ministack.services import lambda_svc

invoke_async = lambda_svc.invoke_async_with_retry


def with_config_of_alias(function, event):
    config = function.get("config") or function
    name, _, qualifier = config["FunctionArn"].partition(":function:")[2].partition(":")
    of_alias = lambda_svc._event_invoke_config(lambda_svc._functions[name], qualifier)
    invoke_async({**function, "event_invoke_config": of_alias} if of_alias else function, event)


lambda_svc.invoke_async_with_retry = with_config_of_alias
