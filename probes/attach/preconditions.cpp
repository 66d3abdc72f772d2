// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/preconditions.h"

#include <elf.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "probes/attach/memory.h"
#include "probes/proc/files.h"
#include "storage/model/descriptor.h"

#include <fcntl.h>

namespace seep::attach {
namespace {

using model::Errc;
using model::Fail;

constexpr char kWithoutProbe[] = "watch it by /proc alone with --no-inject";
constexpr char kPreload[] = "start it with LD_PRELOAD=libseep.so or seep run, or ";

std::unexpected<model::Error> Refuse(pid_t pid, const std::string& cause,
                                     const std::string& remedy = "") {
  return Fail(Errc::kUnsupported,
              "process " + std::to_string(pid) + " " + cause + "; " + remedy + kWithoutProbe);
}

// The text after "KEY:\t" of /proc/PID/status, up to the end of the line.
std::string FieldText(const std::string& status, const std::string& key) {
  const size_t at = status.find("\n" + key + ":\t");
  if (at == std::string::npos) return "";
  const size_t start = at + key.size() + 3;
  return status.substr(start, status.find('\n', start) - start);
}

model::Status CheckFile(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/exe";
  const model::Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) {
    if (errno == ENOENT) return Refuse(pid, "is a thread of the kernel");
    return {};  // ptrace tells more
  }
  std::array<unsigned char, EI_NIDENT> ident{};
  if (read(fd.get(), ident.data(), ident.size()) == static_cast<ssize_t>(ident.size()) &&
      ident[EI_CLASS] != ELFCLASS64) {
    return Refuse(pid, "is a 32-bit program");
  }
  return {};
}

// By reading its memory, which takes the same rights (ptrace(2), process_vm_readv(2)): to let go of
// a thread that is traced, it would have to be stopped.
model::Status CheckPtrace(pid_t pid, const std::string& owner) {
  errno = 0;
  if (Memory(pid).Read<char>(0) || errno != EPERM) return {};
  if (geteuid() != 0 && owner != std::to_string(geteuid())) {
    return Refuse(pid, "belongs to another user (uid " + owner + "), permission denied",
                  "run seep as that user or root, or ");
  }
  const auto scope = proc::ReadFile("/proc/sys/kernel/yama/ptrace_scope");
  if (scope && *scope != "0\n") {
    return Refuse(
        pid,
        "may not be traced: kernel.yama.ptrace_scope is " + scope->substr(0, scope->find('\n')),
        "run seep as root, set it to 0, or ");
  }
  return Refuse(pid,
                "may not be traced: permission denied (set-user-id, not dumpable, or "
                "CAP_SYS_PTRACE is missing)",
                "run seep as root with CAP_SYS_PTRACE, or ");
}

}  // namespace

bool HasSeccompFilter(pid_t pid) {
  const auto status = proc::ReadFile("/proc/" + std::to_string(pid) + "/status");
  return status && proc::FindField(*status, "Seccomp").value_or(0) != 0;
}

model::Status CheckProcess(pid_t pid) {
  if (pid == getpid()) {
    return Fail(Errc::kInvalidArgument, "process " + std::to_string(pid) + " is this seep itself");
  }
  const auto status = proc::ReadFile("/proc/" + std::to_string(pid) + "/status");
  if (!status) {
    return Fail(Errc::kNotFound,
                "process " + std::to_string(pid) + " does not exist; check the pid");
  }
  if (proc::FindField(*status, "Tgid") != static_cast<uint64_t>(pid)) {
    return Fail(Errc::kInvalidArgument, std::to_string(pid) + " is a thread of process " +
                                            FieldText(*status, "Tgid") + "; give that number");
  }
  if (FieldText(*status, "Kthread") == "1") return Refuse(pid, "is a thread of the kernel");
  if (const auto tracer = proc::FindField(*status, "TracerPid"); tracer && *tracer != 0) {
    return Refuse(pid, "is being traced by process " + std::to_string(*tracer),
                  "end that debugger, or ");
  }
  if (FieldText(*status, "State").starts_with("T")) {
    return Refuse(pid, "is stopped", "continue it (kill -CONT), or ");
  }
  if (HasSeccompFilter(pid)) {
    return Refuse(pid,
                  "is under a seccomp filter, which may kill it for the system calls of the "
                  "probe",
                  kPreload);
  }
  if (auto file = CheckFile(pid); !file) return file;
  const std::string owners = FieldText(*status, "Uid");
  return CheckPtrace(pid, owners.substr(0, owners.find('\t')));
}

model::Status CheckProgram(pid_t pid, const LoadedProgram& program) {
  if (!program.libc()) return Refuse(pid, "has a C library that is not glibc");
  for (const char* sanitizer : {"__asan_init", "__tsan_init", "__msan_init", "__lsan_init"}) {
    for (size_t i = 0; i < program.objects().size(); ++i) {
      if (!program.symbols(i).DefinitionsOf(sanitizer).empty()) {
        return Refuse(pid, "is built with a sanitizer");
      }
    }
  }
  return {};
}

}  // namespace seep::attach
