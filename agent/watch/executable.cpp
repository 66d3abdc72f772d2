// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/executable.h"

#include <elf.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string_view>
#include <vector>

namespace seep::agent {
namespace {

using model::Errc;
using model::Fail;

bool IsExecutableFile(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         access(path.c_str(), X_OK) == 0;
}

model::Result<std::string> FindProgram(const std::string& command) {
  if (command.find('/') != std::string::npos) {
    if (IsExecutableFile(command)) return command;
    struct stat status {};
    if (stat(command.c_str(), &status) != 0) {
      return Fail(Errc::kNotFound, "program " + command + " does not exist; check its path");
    }
    return Fail(Errc::kInvalidArgument,
                "program " + command + " is not executable; chmod +x it, or check its path");
  }
  const char* search = std::getenv("PATH");
  std::string_view rest = search != nullptr ? search : "/usr/local/bin:/usr/bin:/bin";
  while (true) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const std::string folder(rest.substr(0, end));
    const std::string path = (folder.empty() ? "." : folder) + "/" + command;
    if (IsExecutableFile(path)) return path;
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  return Fail(Errc::kNotFound,
              "program " + command + " is not in PATH; install it, or give its path");
}

// "#!INTERPRETER [ARGUMENT]"
std::string InterpreterOf(std::string_view first_line) {
  first_line.remove_prefix(2);
  const size_t first = first_line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  const size_t end = first_line.find_first_of(" \t\n", first);
  return std::string(first_line.substr(first, end - first));
}

std::string ObstacleOfElf(const std::string& content) {
  Elf64_Ehdr header;
  std::memcpy(&header, content.data(), sizeof(header));
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64) {
    return "not an x86-64 program";
  }
  for (int i = 0; i < header.e_phnum; ++i) {
    const size_t at = header.e_phoff + static_cast<size_t>(i) * header.e_phentsize;
    if (at + sizeof(Elf64_Phdr) > content.size()) break;
    Elf64_Phdr segment;
    std::memcpy(&segment, content.data() + at, sizeof(segment));
    if (segment.p_type == PT_INTERP) return "";
  }
  return "statically linked";
}

// ld.so ignores LD_PRELOAD where the program gains rights from its file.
bool GainsRights(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return false;
  const bool is_setuid = (status.st_mode & S_ISUID) != 0 && status.st_uid != getuid();
  const bool is_setgid = (status.st_mode & S_ISGID) != 0 && status.st_gid != getgid();
  const bool has_capabilities =
      getuid() != 0 && getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
  return is_setuid || is_setgid || has_capabilities;
}

std::string ReadStart(const std::string& path) {
  constexpr size_t kStartBytes = 4096;
  std::string content(kStartBytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(content.data(), kStartBytes);
  content.resize(static_cast<size_t>(file.gcount()));
  return content;
}

}  // namespace

model::Result<Executable> InspectExecutable(const std::string& command) {
  auto path = FindProgram(command);
  if (!path) return std::unexpected(path.error());
  Executable executable{.path = *path, .probe_obstacle = ""};
  std::string judged = *path;
  constexpr int kMaxInterpreters = 5;  // as the kernel's BINPRM_MAX_RECURSION
  for (int depth = 0; depth < kMaxInterpreters; ++depth) {
    if (GainsRights(judged))
      executable.probe_obstacle = "set-user-id, set-group-id or capabilities";
    const std::string content = ReadStart(judged);
    if (content.starts_with("#!")) {
      judged = InterpreterOf(content.substr(0, content.find('\n')));
      continue;
    }
    if (content.size() >= sizeof(Elf64_Ehdr) && content.starts_with("\177ELF")) {
      if (executable.probe_obstacle.empty()) executable.probe_obstacle = ObstacleOfElf(content);
    }
    break;  // something else: binfmt_misc decides, and the probe says by its ledger
  }
  return executable;
}

}  // namespace seep::agent
