// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/library_loader.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>

#include "probes/attach/mappings.h"
#include "probes/attach/thread_words.h"
#include "probes/ledger/attach_request.h"
#include "storage/model/descriptor.h"

namespace seep::attach {
namespace {

using model::Errc;
using model::Fail;

// For paths and the request of seep_attach.
constexpr size_t kDataBytes = 4096 + sizeof(ledger::AttachRequest);

model::Result<uint64_t> FindLibcFunction(const Memory& memory, const LoadedProgram& program,
                                         const char* name) {
  const auto libc = program.libc();
  auto found = libc ? program.symbols(*libc).FindFunction(name) : std::nullopt;
  // dlopen was in a library of its own before glibc 2.34.
  const auto dl = program.FindObject("libdl.so.2");
  if (!found && dl) found = program.symbols(*dl).FindFunction(name);
  if (found) return *found;
  return Fail(Errc::kUnsupported,
              "process " + std::to_string(memory.pid()) + " has a C library without " + name);
}

model::Result<uint64_t> FindSigreturnOf(const Memory& memory, const LoadedProgram& program) {
  const auto mappings = ReadMappings(memory.pid());
  if (!mappings) return std::unexpected(mappings.error());
  const LoadedObject& libc = program.objects()[*program.libc()];
  for (const Mapping& mapping : *mappings) {
    if (!mapping.is_executable || !libc.Holds(mapping.start)) continue;
    if (const auto found = FindSigreturn(memory, mapping.start, mapping.end)) return *found;
  }
  return Fail(Errc::kUnsupported,
              "process " + std::to_string(memory.pid()) + " has a C library without rt_sigreturn");
}

bool IsSameFile(pid_t pid, const std::string& path) {
  struct stat ours {};
  struct stat theirs {};
  return stat(path.c_str(), &ours) == 0 &&
         stat(("/proc/" + std::to_string(pid) + "/root" + path).c_str(), &theirs) == 0 &&
         ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

class Loader {
 public:
  Loader(const Memory& memory, LoadedProgram* program, double limit_s, Borrowed& borrowed)
      : memory_(memory), program_(program), limit_s_(limit_s), borrowed_(borrowed) {}

  // dlopen of a path of the target; kIo with ld.so's own words.
  model::Status Open(const std::string& path) {
    const auto dlopen_at = FindLibcFunction(memory_, *program_, "dlopen");
    if (!dlopen_at) return std::unexpected(dlopen_at.error());
    if (auto put = Put(path); !put) return put;
    const auto called = borrowed_.call().Call(
        *dlopen_at, {borrowed_.call().data(), RTLD_NOW | RTLD_LOCAL, 0}, limit_s_);
    if (!called) return std::unexpected(borrowed_.Explain(called.error(), "dlopen"));
    if (IsLoaded()) return {};
    const auto dlerror_at = FindLibcFunction(memory_, *program_, "dlerror");
    if (!dlerror_at) return std::unexpected(dlerror_at.error());
    const std::string text = ReadLoaderError(memory_, *program_, borrowed_.fs_base());
    // Twice: told, then forgotten. The thread's next dlerror is about what the program did.
    for (int i = 0; i < 2; ++i) {
      if (auto told = borrowed_.call().Call(*dlerror_at, {}, limit_s_); !told) {
        return std::unexpected(borrowed_.Explain(told.error(), "dlerror"));
      }
    }
    return Fail(Errc::kIo, "process " + std::to_string(memory_.pid()) +
                               ": loading the probe failed" + (text.empty() ? "" : ": " + text));
  }

  // The same for a file of ours, whose content is handed over in a memfd.
  model::Status OpenCopy(const std::string& path) {
    const auto create_at = FindLibcFunction(memory_, *program_, "memfd_create");
    const auto close_at = FindLibcFunction(memory_, *program_, "close");
    if (!create_at) return std::unexpected(create_at.error());
    if (!close_at) return std::unexpected(close_at.error());
    if (auto put = Put(ledger::kProbeName); !put) return put;
    const auto created = borrowed_.call().CallForSyscall(
        *create_at, {borrowed_.call().data(), MFD_CLOEXEC, 0}, limit_s_);
    if (!created) return std::unexpected(borrowed_.Explain(created.error(), "memfd_create"));
    const int64_t fd = *created;
    if (fd < 0) {
      errno = static_cast<int>(-fd);
      return model::FailErrno("process " + std::to_string(memory_.pid()) + ": memfd_create");
    }
    const std::string number = std::to_string(fd);
    auto opened = Copy(path, "/proc/" + std::to_string(memory_.pid()) + "/fd/" + number);
    if (opened) opened = Open("/proc/self/fd/" + number);
    const auto closed =
        borrowed_.call().Call(*close_at, {static_cast<uint64_t>(fd), 0, 0}, limit_s_);
    if (!closed && opened) return std::unexpected(borrowed_.Explain(closed.error(), "close"));
    return opened;
  }

 private:
  model::Status Put(const std::string& text) {
    if (text.size() >= 4096) return Fail(Errc::kUnsupported, "path " + text + " is too long");
    if (memory_.Write(borrowed_.call().data(), text.c_str(), text.size() + 1)) return {};
    return model::FailErrno("process " + std::to_string(memory_.pid()) + ": writing memory");
  }

  static model::Status Copy(const std::string& from, const std::string& to) {
    const model::Descriptor source(open(from.c_str(), O_RDONLY | O_CLOEXEC));
    if (!source.is_open()) return model::FailErrno("probe " + from);
    const model::Descriptor target(open(to.c_str(), O_WRONLY | O_CLOEXEC));
    if (!target.is_open()) return model::FailErrno(to);
    std::array<char, 64 * 1024> piece;
    ssize_t bytes;
    while ((bytes = read(source.get(), piece.data(), piece.size())) > 0) {
      if (write(target.get(), piece.data(), static_cast<size_t>(bytes)) != bytes) {
        return model::FailErrno(to);
      }
    }
    return bytes == 0 ? model::Status{} : model::FailErrno("probe " + from);
  }

  bool IsLoaded() {
    // Another thread's dlopen may be in the middle of the list.
    const double deadline_s = NowSeconds() + limit_s_;
    while (true) {
      auto now = LoadedProgram::Read(memory_, program_);
      if (now) {
        *program_ = std::move(*now);
        return program_->probe().has_value();
      }
      if (now.error().code != Errc::kBusy || NowSeconds() > deadline_s) return false;
    }
  }

  const Memory& memory_;
  LoadedProgram* program_;
  double limit_s_;
  Borrowed& borrowed_;
};

}  // namespace

model::Result<Borrowed> Borrowed::Take(const Memory& memory, const LoadedProgram& program,
                                       double limit_s) {
  const auto sigreturn = FindSigreturnOf(memory, program);
  if (!sigreturn) return std::unexpected(sigreturn.error());
  auto thread = StopSafeThread(memory, program, limit_s);
  if (!thread) return std::unexpected(thread.error());
  Borrowed borrowed(memory);
  borrowed.thread_ = std::make_unique<SafeThread>(std::move(*thread));
  const auto registers = borrowed.thread_->thread.ReadRegisters();
  if (!registers) return std::unexpected(registers.error());
  borrowed.fs_base_ = registers->fs_base;
  const auto errno_at = FindErrno(memory, program, registers->fs_base);
  if (!errno_at || !memory.Read(*errno_at, &borrowed.errno_, sizeof(int))) {
    return Fail(Errc::kUnsupported, "process " + std::to_string(memory.pid()) +
                                        " has a C library whose errno is not found; watch it by "
                                        "/proc alone with --no-inject");
  }
  borrowed.errno_address_ = *errno_at;
  auto call = RemoteCall::Prepare(borrowed.thread_->thread, memory, *sigreturn, kDataBytes);
  if (!call) return std::unexpected(call.error());
  borrowed.call_ = std::make_unique<RemoteCall>(std::move(*call));
  return borrowed;
}

Borrowed::~Borrowed() {
  if (call_ != nullptr) [[maybe_unused]]
    const auto returned = Return();
}

model::Status Borrowed::Return() {
  const auto call = std::move(call_);
  if (!memory_.Write(errno_address_, &errno_, sizeof(errno_))) {
    return model::FailErrno("process " + std::to_string(memory_.pid()) + ": errno");
  }
  return call->Finish();
}

model::Error Borrowed::Explain(const model::Error& error, const std::string& function) const {
  const std::string thread = std::to_string(thread_->thread.tid());
  if (error.code != Errc::kBusy) return error;
  return {Errc::kBusy, "process " + std::to_string(memory_.pid()) + ": " + function +
                           " has not returned in thread " + thread +
                           ", perhaps for a lock of the loader; it goes on by itself and the "
                           "thread then returns to the program, with the probe loaded and idle; "
                           "try again later"};
}

model::Status LoadLibrary(const Memory& memory, LoadedProgram* program, const std::string& path,
                          double limit_s, Borrowed& borrowed) {
  Loader loader(memory, program, limit_s, borrowed);
  if (IsSameFile(memory.pid(), path)) {
    // It may see the file and yet not be allowed to read it.
    const auto opened = loader.Open(path);
    if (opened || opened.error().code != Errc::kIo) return opened;
  }
  return loader.OpenCopy(path);
}

}  // namespace seep::attach
