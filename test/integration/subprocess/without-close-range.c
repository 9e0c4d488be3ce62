/*
 * Runs a program as a kernel without close_range(2) would, with two more descriptors open that it inherits: 9
 * and 300. A filter of seccomp(2) answers the call with ENOSYS, here and in all that this program starts.
 * Exit code 77: filters are not allowed here.
 */

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CLOSE_RANGE 436

int main(int argc, char **argv) {
  struct sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CLOSE_RANGE, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof steps / sizeof steps[0], steps};
  if (argc < 2) return 2;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 77;
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) return 77;
  if (syscall(CLOSE_RANGE, 1000000, 1000000, 0) == 0 || errno != ENOSYS) return 77;
  if (dup2(0, 9) < 0 || dup2(0, 300) < 0) return 2;
  execvp(argv[1], argv + 1);
  perror(argv[1]);
  return 2;
}
