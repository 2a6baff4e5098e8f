"""EC2 and RDS: what a region offers, as `npm run preflight` reads it. MiniStack knows neither the endpoints of all services nor
Aurora's serverless instances."""

from ministack.core.responses import get_region
from ministack.services import ec2, rds

ec2._VPCE_INTERFACE_SERVICES += ("cognito-idp", "email")

# The third zone is another one, as in many accounts: in `use1-az3` there is no RDS Proxy.
original_find_zone_id = ec2._az_id_for_zone_name
ec2._az_id_for_zone_name = lambda zone_name: original_find_zone_id(zone_name).replace("-az3", "-az4")

SERVERLESS_SUPPORT = (
    b"<ServerlessV2FeaturesSupport><MinCapacity>0</MinCapacity><MaxCapacity>256</MaxCapacity></ServerlessV2FeaturesSupport>")
original_describe_versions = rds._ACTION_MAP["DescribeDBEngineVersions"]
original_describe_options = rds._ACTION_MAP["DescribeOrderableDBInstanceOptions"]


def describe_versions(params):
    status, headers, body = original_describe_versions(params)
    return status, headers, body.replace(b"</DBEngineVersion>", SERVERLESS_SUPPORT + b"</DBEngineVersion>")


def describe_options(params):
    """Offers an instance class that MiniStack does not know in all of its three zones."""
    instance_class = rds._p(params, "DBInstanceClass")
    status, headers, body = original_describe_options({**params, "DBInstanceClass": "db.r5.large"})
    third_zone = f"<AvailabilityZone><Name>{get_region()}c</Name></AvailabilityZone></AvailabilityZones>"
    body = body.replace(b"</AvailabilityZones>", third_zone.encode()).replace(b"db.r5.large", instance_class.encode())
    return status, headers, body


rds._ACTION_MAP["DescribeDBEngineVersions"] = describe_versions
rds._ACTION_MAP["DescribeOrderableDBInstanceOptions"] = describe_options
