"""SQS: there are no rights of their own for batches, as MiniStack has them: whoever may send may send ten at once."""

from ministack.core import iam_actions

extract_iam_action = iam_actions.extract_iam_action


def action_of_one(service, *request, **more):
    action = extract_iam_action(service, *request, **more)
    return action.removesuffix("Batch") if service == "sqs" and action else action


iam_actions.extract_iam_action = action_of_one
