"""SQS: a batch requires the permission of the single action. MiniStack requires a permission that AWS does not have."""

from ministack.core import iam_actions

original_extract_iam_action = iam_actions.extract_iam_action


def extract_single_iam_action(service, *request, **more):
    action = original_extract_iam_action(service, *request, **more)
    return action.removesuffix("Batch") if service == "sqs" and action else action


iam_actions.extract_iam_action = extract_single_iam_action
