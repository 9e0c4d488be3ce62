/** The systems for which `build:cross` builds addons and `release:pack` makes packages. */

export const ELF = '7f454c46';
const MACH_O_64 = 'cffaedfe';

/** `machine` is e_machine of ELF, at byte 18, or cputype of Mach-O, at byte 4. */
export const targets = [
  { name: 'darwin-arm64', zig: 'aarch64-macos.11.0', os: 'mac', magic: MACH_O_64, machine: 0x0100000c },
  { name: 'darwin-x64', zig: 'x86_64-macos.11.0', os: 'mac', magic: MACH_O_64, machine: 0x01000007 },
  { name: 'linux-x64-glibc', zig: 'x86_64-linux-gnu.2.28', os: 'linux', magic: ELF, machine: 62 },
  { name: 'linux-arm64-glibc', zig: 'aarch64-linux-gnu.2.28', os: 'linux', magic: ELF, machine: 183 },
  { name: 'linux-x64-musl', zig: 'x86_64-linux-musl', os: 'linux', magic: ELF, machine: 62 },
  { name: 'linux-arm64-musl', zig: 'aarch64-linux-musl', os: 'linux', magic: ELF, machine: 183 },
];
