// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/executable.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "agent/watch/elf_program.h"

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

// Of "INTERPRETER [ARGUMENT]".
std::string InterpreterOf(std::string_view first_line) {
  const size_t first = first_line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  const size_t end = first_line.find_first_of(" \t\n", first);
  return std::string(first_line.substr(first, end - first));
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

// The first line of a script, empty for anything else.
std::string ReadShebang(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 2> mark{};
  file.read(mark.data(), mark.size());
  if (!file || mark != std::array{'#', '!'}) return "";
  std::array<char, 256> line{};  // as much as the kernel looks at (BINPRM_BUF_SIZE)
  file.getline(line.data(), line.size());
  return line.data();
}

}  // namespace

model::Result<Executable> InspectExecutable(const std::string& command) {
  auto path = FindProgram(command);
  if (!path) return std::unexpected(path.error());
  Executable executable{.path = *path, .probe_obstacle = ""};
  std::string judged = *path;
  constexpr int kMaxInterpreters = 5;  // as the kernel's BINPRM_MAX_RECURSION
  for (int depth = 0; depth < kMaxInterpreters; ++depth) {
    executable.probe_obstacle =
        GainsRights(judged) ? "set-user-id, set-group-id or capabilities" : ProbeObstacleOf(judged);
    const std::string shebang = ReadShebang(judged);
    if (shebang.empty() || !executable.probe_obstacle.empty()) break;
    judged = InterpreterOf(shebang);
  }
  return executable;
}

}  // namespace seep::agent
