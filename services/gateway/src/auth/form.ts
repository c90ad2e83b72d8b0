import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Session, Sessions } from './session.ts';

/** Has forms read as forms; nothing else is taken. */
export function takeForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 64 * 1024 },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
}

/** The fields of a form. */
export function formOf(request: FastifyRequest): URLSearchParams {
  return request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
}

/** Whether a form was made by a page of this session, or sent by a script that shows the token; else it is answered. */
export async function isOwnForm(
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  sessions: Sessions,
): Promise<boolean> {
  const isScript = session.csrfToken === '';
  if (isScript || sessions.isCsrfToken(session, formOf(request).get('csrf'))) return true;
  await reply.code(403).send({ message: 'The form is too old, or not of this session: load the page again.' });
  return false;
}
