import type { CommandModule } from 'yargs';
export const doctorCommand: CommandModule = {
  command: 'doctor',
  describe: 'Look at everything a run needs',
  handler: () => undefined,
};
