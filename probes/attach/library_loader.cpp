// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/library_loader.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>

#include "probes/attach/thread_words.h"
#include "probes/ledger/attach_request.h"
#include "storage/model/descriptor.h"

namespace seep::attach {
namespace {

using model::Errc;
using model::Fail;

std::string Process(const Memory& memory) {
  return "process " + std::to_string(memory.pid());
}

bool IsSameFile(pid_t pid, const std::string& path) {
  struct stat ours {};
  struct stat theirs {};
  return stat(path.c_str(), &ours) == 0 &&
         stat(("/proc/" + std::to_string(pid) + "/root" + path).c_str(), &theirs) == 0 &&
         ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

model::Status Copy(const std::string& from, const std::string& to) {
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

}  // namespace

model::Result<LibraryLoader> LibraryLoader::Prepare(const Memory& memory,
                                                    const LoadedProgram& program,
                                                    const std::string& path) {
  LibraryLoader loader(memory, path);
  const std::array<std::pair<const char*, uint64_t*>, 4> functions{
      std::pair("dlopen", &loader.dlopen_), std::pair("dlerror", &loader.dlerror_),
      std::pair("memfd_create", &loader.memfd_create_), std::pair("close", &loader.close_)};
  // dlopen was in a library of its own before glibc 2.34.
  const auto dl = program.FindObject("libdl.so.2");
  for (const auto& [name, address] : functions) {
    auto found = program.symbols(*program.libc()).FindFunction(name);
    if (!found && dl) found = program.symbols(*dl).FindFunction(name);
    if (!found) {
      return Fail(Errc::kUnsupported, Process(memory) + " has a C library without " + name);
    }
    *address = *found;
  }
  loader.is_seen_by_target_ = IsSameFile(memory.pid(), path);
  return loader;
}

model::Result<uint64_t> LibraryLoader::Load(BorrowedThread& thread) const {
  if (is_seen_by_target_) {
    // It may see the file and yet not be allowed to read it.
    const auto opened = Open(thread, path_);
    if (opened || opened.error().code != Errc::kIo) return opened;
  }
  return OpenCopy(thread);
}

model::Result<uint64_t> LibraryLoader::Open(BorrowedThread& thread, const std::string& path) const {
  if (auto put = Put(thread, path); !put) return std::unexpected(put.error());
  const auto called = thread.Call(dlopen_, "dlopen", {thread.data(), RTLD_NOW | RTLD_LOCAL, 0});
  if (!called) return std::unexpected(called.error());
  std::string text;
  // Another thread's dlopen may be changing the list while it is read.
  constexpr int kTries = 100;
  for (int i = 0; i < kTries && text.empty(); ++i) {
    if (const auto bias = FindBias(memory_, path)) return *bias;
    text = ReadLoaderError(memory_, thread.errno_address());
  }
  // Twice: told, then forgotten. The thread's next dlerror is about what the program did.
  for (int i = 0; i < 2; ++i) {
    if (auto told = thread.Call(dlerror_, "dlerror", {}); !told) {
      return std::unexpected(told.error());
    }
  }
  return Fail(Errc::kIo,
              Process(memory_) + ": loading the probe failed" + (text.empty() ? "" : ": " + text));
}

model::Result<uint64_t> LibraryLoader::OpenCopy(BorrowedThread& thread) const {
  if (auto put = Put(thread, ledger::kProbeName); !put) return std::unexpected(put.error());
  const auto fd =
      thread.CallForSyscall(memfd_create_, "memfd_create", {thread.data(), MFD_CLOEXEC, 0});
  if (!fd) return std::unexpected(fd.error());
  if (*fd < 0) {
    errno = static_cast<int>(-*fd);
    return model::FailErrno(Process(memory_) + ": memfd_create");
  }
  const std::string number = std::to_string(*fd);
  const auto copied = Copy(path_, "/proc/" + std::to_string(memory_.pid()) + "/fd/" + number);
  const auto opened = copied ? Open(thread, "/proc/self/fd/" + number)
                             : model::Result<uint64_t>(std::unexpected(copied.error()));
  const auto closed = thread.Call(close_, "close", {static_cast<uint64_t>(*fd), 0, 0});
  if (!closed && opened) return std::unexpected(closed.error());
  return opened;
}

model::Status LibraryLoader::Put(const BorrowedThread& thread, const std::string& text) const {
  if (text.size() >= BorrowedThread::kDataBytes) {
    return Fail(Errc::kUnsupported, "path " + text + " is too long");
  }
  if (memory_.Write(thread.data(), text.c_str(), text.size() + 1)) return {};
  return model::FailErrno(Process(memory_) + ": writing memory");
}

}  // namespace seep::attach
