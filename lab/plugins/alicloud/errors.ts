import { ProviderError } from "../provider/errors";

/** What the API says for a code: its HTTP status and message. Source: the error centres of ECS and VPC. */
const known: Readonly<Record<string, readonly [number, string]>> = {
    "OperationDenied.NoStock": [403, "The resource is out of stock in the specified zone. Please try other types, or choose other regions and zones."],
    "QuotaExceed.ElasticQuota": [403, "The number of the specified ECS instances has exceeded the quota. Please adjust your request or submit a quota request."],
    "QuotaExceeded.Eip": [400, "Elastic IP address quota exceeded."],
    "QuotaExceeded.Vpc": [400, "VPC quota exceeded."],
    "QuotaExceeded.NatGateway": [400, "NAT gateway quota exceeded."],
    "QuotaExceed.SecurityGroupRule": [403, "The maximum number of rules in the security group is exceeded."],
    "InvalidAccountStatus.NotEnoughBalance": [403, "Your account does not have enough balance."],
    "Forbidden.RAM": [403, "User not authorized to operate on the specified resource, or this API doesn't support RAM."],
    "Throttling.User": [400, "Request was denied due to user flow control."],
    InternalError: [500, "The request processing has failed due to some unknown error, exception or failure."],
    "InvalidImageId.NotFound": [404, "The specified ImageId does not exist."],
    "InvalidInstanceType.ValueNotSupported": [400, "The specified InstanceType does not exist or beyond the permitted range."],
    "InvalidVSwitchId.NotFound": [404, "The specified VSwitch does not exist."],
    "InvalidVpcId.NotFound": [404, "The specified VPC does not exist."],
    "InvalidSecurityGroupId.NotFound": [404, "The specified SecurityGroupId does not exist."],
    "InvalidPrivateIpAddress.Malformed": [400, "The specified private IP address is not in the CIDR block of the VSwitch, or is kept by the system."],
    "InvalidPrivateIpAddress.Duplicated": [400, "The specified private IP address is in use."],
    "InvalidKeyPairName.NotFound": [404, "The specified KeyPairName does not exist."],
    "KeyPair.AlreadyExist": [400, "The key pair already exists."],
    "InvalidPublicKeyBody.ValueNotSupported": [400, "The specified PublicKeyBody is not of a supported type: rsa, dsa, ecdsa."],
    "InvalidOperation.DeletionProtection": [403, "The operation is not allowed due to deletion protection."],
    "DependencyViolation.VSwitch": [400, "There are still resources on the specified VSwitch."],
    DependencyViolation: [400, "Another object depends on the specified one."],
    "InvalidCidrBlock.Malformed": [400, "The specified CidrBlock is not valid."],
    "InvalidCidrBlock.Overlapped": [400, "The specified CidrBlock overlaps with another one."],
    "InvalidDiskSize.ValueNotSupported": [400, "The specified disk size is not in the range of its category."],
    "InvalidZoneId.NotFound": [404, "The specified zone does not exist."],
    "InvalidDiskId.NotFound": [404, "The specified disk does not exist."],
    "InvalidInstanceId.NotFound": [404, "The specified instance does not exist."],
    "IncorrectDiskStatus": [403, "The current disk status does not support this operation."],
    "InvalidDisk.ZoneMismatch": [400, "The specified disk and instance are in different zones."],
    "InvalidAllocationId.NotFound": [404, "The specified EIP does not exist."],
    "IncorrectEipStatus": [400, "The current EIP status does not support this operation."],
    "InvalidRamRole.NotFound": [404, "The specified RamRoleName does not exist."],
    "SecurityGroupInstanceLimitExceed": [403, "An instance may be in five security groups at most."],
    "InvalidOperation.LastSecurityGroup": [403, "The instance is not in another security group."],
};

/** A refusal of the API, in the form in which the genuine provider passes it on. */
export class ApiError extends ProviderError {
    public constructor(
        resource: string,
        call: string,
        public readonly apiCode: string,
        detail?: string,
    ) {
        const [status, message] = known[apiCode] ?? [400, "The request was refused."];
        super(
            `[ERROR] Resource ${resource} ${call} Failed!!! [SDK alibaba-cloud-sdk-go ERROR]:\n` +
                `SDKError:\n   StatusCode: ${status}\n   Code: ${apiCode}\n` +
                `   Message: code: ${status}, ${message}${detail === undefined ? "" : ` (${detail})`} request id: STAND-IN`,
        );
        this.name = "ApiError";
    }
}

/** What the stand-in does not do, where the genuine provider might. */
export const notDone = (what: string): ProviderError =>
    new ProviderError(`${what} is not implemented by the stand-in of the alicloud provider: leave it, or use the genuine plugin`);
