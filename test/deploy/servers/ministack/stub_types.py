"""The CloudFormation types that exist as records only: the emulator lacks them, and no check needs their function.

Each line has the type, the value of `Ref`, and the values of `Fn::GetAtt`. A type that is neither listed here nor part of the
emulator fails the deployment with a message that contains its name. So does an attribute that is not listed.

    {key}   seventeen hexadecimal digits, the same in each deployment of the same resource
    {name}  unique and readable: the name of the stack and the logical id
    {id}    the value of `Ref`
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
    "AWS::EC2::EgressOnlyInternetGateway": ("eigw-{key}", {"Id": "{id}"}),
    "AWS::EC2::FlowLog": ("fl-{key}", {"Id": "{id}"}),
    "AWS::EC2::NatGateway": ("nat-{key}", {"NatGatewayId": "{id}"}),
    "AWS::EC2::NetworkAcl": ("acl-{key}", {"Id": "{id}"}),
    "AWS::EC2::NetworkAclEntry": ("{key}", {"Id": "{id}"}),
    "AWS::EC2::SecurityGroupEgress": ("sgr-{key}", {"Id": "{id}"}),
    "AWS::EC2::SecurityGroupIngress": ("sgr-{key}", {"Id": "{id}"}),
    "AWS::EC2::VPCCidrBlock": ("vpc-cidr-assoc-{key}", {"Id": "{id}"}),
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
    # Removes the rules of the default security group with an SDK client that is in Lambda but not in the emulator.
    "Custom::VpcRestrictDefaultSG": ("{name}", {}),
}

# Attributes that types of the emulator lack, each with the property that has the same value.
STUB_ATTRIBUTES = {
    "AWS::EC2::VPC": {"CidrBlock": "CidrBlock"},
}
