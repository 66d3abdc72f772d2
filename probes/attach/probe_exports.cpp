// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/probe_exports.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/attach/loaded_objects.h"
#include "probes/ledger/attach_request.h"
#include "storage/model/descriptor.h"

namespace seep::attach {

using model::Errc;
using model::Fail;

model::Result<Symbols> ReadExports(const std::string& path) {
  const model::Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file.is_open() || fstat(file.get(), &status) != 0) {
    return model::FailErrno("probe " + path);
  }
  const auto bytes = static_cast<size_t>(status.st_size);
  void* start = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (start == MAP_FAILED) return model::FailErrno("probe " + path);
  const Memory ours(getpid());
  const auto object = DescribeFile(ours, reinterpret_cast<uint64_t>(start));
  Symbols exports = object ? Symbols::Read(ours, *object).At(0) : Symbols();
  munmap(start, bytes);
  if (exports.size() == 0) return Fail(Errc::kCorrupt, "probe " + path + " is no shared library");
  return exports;
}

model::Result<ProbeEntries> ProbeEntries::Find(const Symbols& exports, pid_t pid) {
  const auto attach = exports.FindFunction(ledger::kAttachEntry);
  const auto redirect = exports.FindFunction(ledger::kRedirectEntry);
  const auto detach = exports.FindFunction(ledger::kDetachEntry);
  const auto slots = exports.FindVariable(ledger::kSlotsEntry);
  if (attach && redirect && detach && slots)
    return ProbeEntries{*attach, *redirect, *detach, *slots};
  return Fail(Errc::kUnsupported,
              "process " + std::to_string(pid) +
                  " has a libseep.so of another version; use the seep that put it there, or "
                  "restart the process");
}

}  // namespace seep::attach
