"""The CloudFormation types that exist on paper only: the emulator lacks them, and no check needs them to do anything.

One line each: the type, what `Ref` answers, and what `Fn::GetAtt` answers. A type that is neither here nor the emulator's
own fails the deployment with a message that names it; so does an attribute that is not listed.

    {key}   seventeen hexadecimal digits, the same at every deployment of the same resource
    {name}  unique and readable: the stack's name and the logical id
    {id}    what `Ref` answers
    {arn}   `arn:aws:<service>:<region>:<account>`, to be continued with the kind and the id
"""

STUB_TYPES = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ("{name}", {}),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ("{arn}:scalingPolicy:{key}", {"Arn": "{id}"}),
    "AWS::Backup::BackupSelection": ("{key}", {"Id": "{id}", "SelectionId": "{id}"}),
    "AWS::Budgets::Budget": ("{name}", {}),
    "AWS::CloudWatch::Alarm": ("{name}", {"Arn": "{arn}:alarm:{id}"}),
    "AWS::CloudWatch::AnomalyDetector": ("{key}", {"Id": "{id}"}),
    "AWS::CloudWatch::CompositeAlarm": ("{name}", {"Arn": "{arn}:alarm:{id}"}),
    "AWS::CodeDeploy::Application": ("{name}", {}),
    "AWS::CodeDeploy::DeploymentConfig": ("{name}", {}),
    "AWS::CodeDeploy::DeploymentGroup": ("{name}", {}),
    "AWS::Cognito::UserPoolRiskConfigurationAttachment": ("{name}", {}),
    "AWS::EC2::EIP": ("203.0.113.10", {"AllocationId": "eipalloc-{key}", "PublicIp": "{id}"}),
    "AWS::EC2::FlowLog": ("fl-{key}", {"Id": "{id}"}),
    "AWS::EC2::NatGateway": ("nat-{key}", {"NatGatewayId": "{id}"}),
    "AWS::EC2::NetworkAcl": ("acl-{key}", {"Id": "{id}"}),
    "AWS::EC2::NetworkAclEntry": ("{key}", {"Id": "{id}"}),
    "AWS::EC2::SecurityGroupEgress": ("sgr-{key}", {"Id": "{id}"}),
    "AWS::EC2::SecurityGroupIngress": ("sgr-{key}", {"Id": "{id}"}),
    "AWS::EC2::SubnetNetworkAclAssociation": ("aclassoc-{key}", {"AssociationId": "{id}"}),
    "AWS::Logs::DataProtectionPolicy": ("{name}", {}),
    "AWS::Logs::QueryDefinition": ("{key}", {"QueryDefinitionId": "{id}"}),
    "AWS::RDS::EventSubscription": ("{name}", {}),
    "AWS::SecretsManager::ResourcePolicy": ("{key}", {"Id": "{id}"}),
    "AWS::SecretsManager::RotationSchedule": ("{key}", {"Id": "{id}"}),
    "AWS::WAFv2::LoggingConfiguration": ("{key}", {}),
    "AWS::WAFv2::WebACLAssociation": ("{key}", {}),
    "AWS::XRay::Group": ("{arn}:group/{name}", {"GroupARN": "{id}"}),
    "AWS::XRay::SamplingRule": ("{arn}:sampling-rule/{name}", {"RuleARN": "{id}"}),
    # Empties the network's default security group, by an SDK client that Lambda has and the emulator's Lambda has not.
    "Custom::VpcRestrictDefaultSG": ("{name}", {}),
}

# Attributes that the emulator's own types lack, by the property that they repeat.
STUB_ATTRIBUTES = {
    "AWS::EC2::VPC": {"CidrBlock": "CidrBlock"},
}
