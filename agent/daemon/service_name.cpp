// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/service_name.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>

#include "probes/proc/files.h"
#include "probes/proc/process_sample.h"

namespace seep::agent {
namespace {

constexpr size_t kShortId = 12;  // as docker and podman show it

// "a\x2db" of a unit is "a-b": systemd.unit(5).
std::string Unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto is_digit = [&](size_t at) {
      return at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
    };
    if (text.substr(i, 2) == "\\x" && is_digit(i + 2) && is_digit(i + 3)) {
      plain += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// "docker-ID.scope", "cri-containerd-ID.scope", "ID": the last 64 hexadecimal digits. Else the
// machine of "machine-NAME.scope" (systemd-nspawn) and "lxc.payload.NAME".
std::string ContainerOf(std::string_view component) {
  constexpr size_t kIdLength = 64;
  std::string_view id = component;
  if (id.ends_with(".scope")) id.remove_suffix(6);
  for (const std::string_view prefix : {"machine-", "lxc.payload."}) {
    if (id.starts_with(prefix)) return Unescape(id.substr(prefix.size()));
  }
  if (id.size() < kIdLength) return {};
  id.remove_prefix(id.size() - kIdLength);
  const bool is_id = std::ranges::all_of(id, [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f');
  });
  return is_id ? std::string(id.substr(0, kShortId)) : "";
}

// The innermost container and unit of a process. A user's manager is no service.
struct Group {
  std::string container;
  std::string unit;
};
Group GroupOf(std::string_view groups) {
  Group group;
  while (!groups.empty()) {
    std::string_view path = proc::TakeLine(&groups);
    const size_t colon = path.find(":/");
    if (colon == std::string_view::npos) continue;
    path.remove_prefix(colon + 2);
    while (!path.empty()) {
      const std::string_view component = path.substr(0, path.find('/'));
      path.remove_prefix(std::min(path.size(), component.size() + 1));
      if (auto container = ContainerOf(component); !container.empty()) {
        group = {std::move(container), ""};
      } else if (component.ends_with(".service") && !component.starts_with("user@")) {
        group.unit = Unescape(component.substr(0, component.size() - 8));
      }
    }
  }
  return group;
}

bool IsInterpreter(std::string_view program) {
  for (const std::string_view name : {"python", "pypy", "perl", "ruby", "node", "php", "bash",
                                      "dash", "zsh", "java", "lua", "tclsh", "Rscript"}) {
    if (program.starts_with(name)) return true;
  }
  return program == "sh";
}

// The script or archive that an interpreter runs, a file; or the module. Empty: none is named.
struct Script {
  std::string name;
  bool is_file = true;
};
Script ScriptOf(const std::vector<std::string>& arguments) {
  // Of these the next word is no script.
  static const std::set<std::string_view> kWithValue{
      "-W",       "-X",          "-I",           "-cp",           "-classpath",
      "-r",       "--require",   "--class-path", "--module-path", "-d",
      "--import", "--add-opens", "--add-modules"};
  static const std::set<std::string_view> kNamesIt{"-m", "-jar", "-f", "--module"};
  const bool is_java = arguments[0].ends_with("java");  // a word of its own is a class
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "-c" || argument == "-e") return {};
    if (kNamesIt.contains(argument)) {
      const bool is_file = argument == "-jar" || argument == "-f";
      return {i + 1 < arguments.size() ? arguments[i + 1] : "", is_file};
    }
    if (kWithValue.contains(argument)) {
      ++i;
    } else if (!argument.starts_with('-')) {
      return {argument, !is_java};
    }
  }
  return {};
}

}  // namespace

ProcessFacts ReadFacts(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  ProcessFacts facts;
  facts.exe = proc::ReadExe(pid);
  facts.groups = proc::ReadFile(folder + "/cgroup").value_or("");
  std::string words = proc::ReadFile(folder + "/cmdline").value_or("");
  for (size_t at = 0; at < words.size();) {
    const size_t end = std::min(words.find('\0', at), words.size());
    facts.arguments.push_back(words.substr(at, end - at));
    at = end + 1;
  }
  std::error_code failure;
  facts.folder = std::filesystem::read_symlink(folder + "/cwd", failure);
  return facts;
}

ServiceName NameService(const ProcessFacts& process, const std::string& own_groups) {
  const std::filesystem::path exe(process.exe);
  const std::string program = exe.filename();
  const Group group = GroupOf(process.groups);
  const Group own = GroupOf(own_groups);
  const bool is_elsewhere = group.container != own.container;
  if (!group.unit.empty() && (is_elsewhere || group.unit != own.unit)) {
    const std::string in = is_elsewhere && !group.container.empty() ? "@" + group.container : "";
    return {group.unit + in, group.unit + ".service", "unit " + group.unit + in};
  }
  ServiceName name{program.empty() ? "unknown" : program, exe.parent_path(),
                   "program " + process.exe};
  if (IsInterpreter(program) && !process.arguments.empty()) {
    if (const auto [script, is_file] = ScriptOf(process.arguments); !script.empty()) {
      std::filesystem::path path(script);
      if (is_file) path = (std::filesystem::path(process.folder) / path).lexically_normal();
      name = {path.filename(), path.parent_path(),
              "script " + path.string() + " of " + process.exe};
    }
  }
  if (is_elsewhere && !group.container.empty()) {
    name.name += "@" + group.container;
    name.key += " in " + group.container;
  }
  return name;
}

}  // namespace seep::agent
