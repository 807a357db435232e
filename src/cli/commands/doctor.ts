import type { CommandModule, InferredOptionTypes } from 'yargs';
import { parseHostPort } from '../checks.js';
import type { Finding } from '../doctor/finding.js';
import { examineHost } from '../doctor/host.js';
import { examineRuntime } from '../doctor/runtime.js';
import { EXIT } from '../exit.js';
import { connectionOptions, imageOptions } from '../options.js';

const options = {
  'runtime-endpoint': connectionOptions['runtime-endpoint'],
  'image-endpoint': connectionOptions['image-endpoint'],
  busybox: imageOptions.busybox,
  'registry-listen': imageOptions['registry-listen'],
  'registry-advertise': imageOptions['registry-advertise'],
};

const MARKS: Record<Finding['state'], string> = { ok: 'ok  ', warn: 'note', fail: 'FAIL' };

/** `crivet doctor`: looks at everything a run needs and says what to do about what is missing. */
export const doctorCommand: CommandModule<object, InferredOptionTypes<typeof options>> = {
  command: 'doctor',
  describe: 'Look at everything a run needs, and say how to mend it',
  builder: (argv) => argv.options(options),
  handler: async (args) => {
    const listenText = args['registry-listen'];
    const findings = [
      ...(await examineRuntime(
        { runtimeEndpoint: args['runtime-endpoint'], imageEndpoint: args['image-endpoint'] },
        {
          listen: listenText === undefined ? undefined : parseHostPort('registry-listen', listenText),
          advertise: args['registry-advertise'],
          busybox: args.busybox,
        },
      )),
      ...(await examineHost(args.busybox)),
    ];
    for (const { what, state, detail, remedy } of findings) {
      console.log(`${MARKS[state]}  ${what}: ${detail}`);
      if (remedy !== undefined) console.log(`      → ${remedy}`);
    }
    process.exitCode = findings.some(({ state }) => state === 'fail') ? EXIT.couldNotRun : EXIT.conformant;
  },
};
