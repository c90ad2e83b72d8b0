import { TransientFailure } from '@voxport/domain';

/** What is wrong and what to do, by the name or code of an error of the AWS client, of S3, or of the system. */
const refusals: Readonly<Record<string, string>> = {
  NoSuchBucket: 'the bucket does not exist. Create it, or correct audio.s3.bucket',
  AccessDenied:
    'the keys may not do that. Give them s3:PutObject, s3:GetObject, s3:DeleteObject and s3:AbortMultipartUpload on the bucket',
  Forbidden:
    'the keys may not do that. Give them s3:PutObject, s3:GetObject, s3:DeleteObject and s3:AbortMultipartUpload on the bucket',
  InvalidAccessKeyId: 'the access key is unknown there. Correct audio.s3.access_key_id_env',
  SignatureDoesNotMatch: 'the secret key is wrong. Correct audio.s3.secret_access_key_env',
  ExpiredToken: 'the credentials have expired. Renew them',
  CredentialsProviderError: 'no credentials were found. Name keys in audio.s3, or give the machine a role',
  PermanentRedirect: 'the bucket lies in another region. Correct audio.s3.region',
  AuthorizationHeaderMalformed: 'the bucket lies in another region. Correct audio.s3.region',
  InvalidBucketName: 'that is not the name of a bucket. Correct audio.s3.bucket',
  SlowDown: 'it asks for fewer requests. They are made again later',
  EntityTooLarge: 'the recording is larger than it takes',
  QuotaExceeded: 'its quota is used up. Raise it, or make room',
  XMinioStorageFull: 'its disks are full. Make room',
  ECONNREFUSED: 'nothing listens there. Start it, or correct audio.s3.endpoint',
  ENOTFOUND: 'the host name is unknown. Correct audio.s3.endpoint, audio.s3.region or audio.s3.force_path_style',
  EAI_AGAIN: 'the host name cannot be looked up at present. Check the name server',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  TimeoutError: 'no answer came in time',
  ETIMEDOUT: 'no answer came in time',
};

/** Turns an error of the AWS client into one sentence that names the bucket and what to do; keys are no part of it. */
export function bucketFailure(error: unknown, place: string): unknown {
  if (!(error instanceof Error)) return error;
  // A bug of ours stays loud.
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) return error;
  const status = httpStatusOf(error);
  const names = [error.name, 'Code' in error ? error.Code : null, codeOf(error)].filter(
    (name) => typeof name === 'string',
  );
  const known = names.find((name) => refusals[name] !== undefined);
  const reason =
    known === undefined
      ? `it answers ${status === null ? names.filter((name) => name !== 'Error').join(', ') || 'with an error' : String(status)}: ${error.message.slice(0, 200)}`
      : refusals[known];
  return new TransientFailure('storage', `The bucket of the recordings, ${place}, cannot be used: ${reason}.`, {
    status,
  });
}

function httpStatusOf(error: Error): number | null {
  const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: unknown }) : {};
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null;
}

/** Happy eyeballs reports one `AggregateError` for all addresses tried; its code is the first one's. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return null;
  if ('code' in error) return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : null;
}
