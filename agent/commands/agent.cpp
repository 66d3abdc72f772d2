// SPDX-License-Identifier: Apache-2.0
// seep agent: the daemon.
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/console.h"
#include "agent/daemon/daemon.h"

namespace seep::agent {
namespace {

// As far as it may: a service takes a descriptor.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int AgentCommand(const AgentOptions& options) {
  if (options.is_json_log) SetLogFormat(LogFormat::kJson);
  DaemonConfig config;
  if (!options.config.empty()) {
    auto read = ReadConfig(options.config);
    if (!read) return Fail(read.error());
    config = std::move(*read);
  }
  if (!options.database.empty()) config.database = options.database;
  if (options.is_check) {
    fmt::print("{}: {} targets, database {}\n",
               options.config.empty() ? "no configuration" : options.config, config.targets.size(),
               config.database);
    return ToInt(model::ExitCode::kPass);
  }
  RaiseDescriptorLimit();
  auto database = sqlite::Database::OpenOrSetAside(config.database);
  if (!database) return Fail(database.error());
  if (!database->notice().empty()) Say(database->notice(), Severity::kWarning);
  if (!config.symbol_server.empty()) {
    // Of the reports, which the agent starts: not in a home that the unit may not write to.
    const std::string folder = std::filesystem::path(config.database).parent_path() / "symbols";
    setenv("DEBUGINFOD_CACHE_PATH", folder.c_str(), /*overwrite=*/0);
  }
  const SignalMask mask;
  Say(fmt::format("watching; database {}, {} targets{}", config.database, config.targets.size(),
                  config.finds_ledgers ? ", and services with the probe" : ""));
  Daemon daemon(std::move(config), options.config, *database, mask);
  if (auto watched = daemon.Run(); !watched) return Fail(watched.error());
  Say("stopped; runs go on with the next start");
  return ToInt(model::ExitCode::kPass);
}

}  // namespace seep::agent
