// A candidate that is a program in any language: it reads one JSON request per line from standard
// input, and writes one JSON answer per line to standard output. docs/protocol.md describes the
// protocol.
import * as z from 'zod';
import { CandidateError } from '../../errors.ts';
import { parseAs } from '../../network/schema.ts';
import type { CandidateOptions } from '../limits.ts';
import { LineProgram } from './line-program.ts';
import { REQUESTS, nested, sizeOf, spelledOut } from '../request.ts';
import type { Answered, CandidatePort, Description, RequestName } from '../request.ts';

export const PROTOCOL = 'backproof-candidate/1';

const descriptionSchema = z.object({
  protocol: z.string(),
  name: z.string().min(1).optional(),
  conventions: z.unknown().optional(),
  can: z.array(z.enum(REQUESTS)).optional(),
  versions: z.record(z.string(), z.string()).optional(),
});

/** @throws CandidateError if it cannot be started, or does not speak the protocol */
export async function openCommand(command: string, options: CandidateOptions = {}): Promise<CandidatePort> {
  const program = new LineProgram(command, options);
  try {
    const description = descriptionOf(await program.ask({ request: 'describe', protocol: PROTOCOL }, 0), command);
    return {
      description,
      async ask(request, _arrays, seconds): Promise<Answered> {
        const { request: name, ...body } = { request: request.request, ...spelledOut(request, nested) };
        const state = 'state' in body ? { state: body['state'] ?? null } : {}; // JSON leaves out undefined values
        return {
          answer: await program.ask({ request: name, ...body, ...state }, sizeOf(request), seconds),
          changed: null,
        };
      },
      alive: () => program.alive(),
      close: () => program.close(),
    };
  } catch (error) {
    await program.close();
    throw error;
  }
}

function descriptionOf(answer: Record<string, unknown>, command: string): Description {
  const spoken = parseAs(descriptionSchema, answer, `${command}: its description`);
  if (spoken.protocol !== PROTOCOL)
    throw new CandidateError(
      `${command} uses the protocol ${spoken.protocol}, expected ${PROTOCOL}`,
      'see docs/protocol.md',
    );
  // a program that only has training steps says so; any other has gradients, said or not
  const { can: said = [] } = spoken;
  const always: readonly RequestName[] = said.includes('trainStep') ? [] : ['gradients'];
  const can: readonly RequestName[] = [...new Set([...always, ...said])];
  return { name: spoken.name ?? command, conventions: spoken.conventions, can, versions: spoken.versions ?? {} };
}
