/** One complaint of a 422, as FastAPI writes it. */
export interface ValidationIssue {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** An answer that is an error: what the API would say, before a dialect puts it in its form. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** The parameter at fault. */
  readonly param?: string;
  /** The older word for `code`. */
  readonly legacyStatus?: string;
  readonly issues?: readonly ValidationIssue[];
}

const types: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'authentication_error',
  402: 'payment_required',
  403: 'authorization_error',
  404: 'not_found',
  422: 'validation_error',
  429: 'rate_limit_error',
};

/** The forms in which ElevenLabs has been seen to say what is wrong: the present one, the older one, a bare text. */
export type ErrorForm = 'present' | 'older' | 'text';

/** An error in one of ElevenLabs' forms; `issues` make it the 422's form in all of them. */
export function elevenLabsProblem(problem: Problem, requestId: string, form: ErrorForm): object {
  if (problem.issues !== undefined) return { detail: problem.issues };
  if (form === 'text') return { detail: problem.message };
  const status = problem.legacyStatus ?? problem.code;
  if (form === 'older') return { detail: { status, message: problem.message } };
  return {
    detail: {
      type: types[problem.status] ?? 'api_error',
      code: problem.code,
      message: problem.message,
      status,
      request_id: requestId,
      ...(problem.param === undefined ? undefined : { param: problem.param }),
    },
  };
}

/** An error in Voiceable's form. */
export function voiceableProblem(problem: Problem): object {
  return {
    status: { code: problem.status, message: problem.message },
    error: problem.code,
    errors: (problem.issues ?? []).map((issue) => ({ field: issue.loc.at(-1), message: issue.msg })),
    details: problem.param === undefined ? null : { param: problem.param },
  };
}

/** Makes a 422 of some complaints. */
export function invalid(issues: readonly ValidationIssue[]): Problem {
  return { status: 422, code: 'validation_error', message: 'The request has invalid parameters.', issues };
}
