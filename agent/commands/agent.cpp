// SPDX-License-Identifier: Apache-2.0
// seep agent: the daemon.
#include <fmt/format.h>

#include <cstdio>

#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/console.h"
#include "agent/daemon/daemon.h"

namespace seep::agent {

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
  auto database = sqlite::Database::Open(config.database, sqlite::OpenMode::kReadWriteCreate);
  if (!database) return Fail(database.error());
  if (!database->notice().empty()) Say(database->notice());
  const SignalMask mask;
  Say(fmt::format("watching; database {}, {} targets{}", config.database, config.targets.size(),
                  config.finds_ledgers ? ", and services with the probe" : ""));
  Daemon daemon(std::move(config), options.config, *database, mask);
  if (auto watched = daemon.Run(); !watched) return Fail(watched.error());
  Say("stopped; runs go on with the next start");
  return ToInt(model::ExitCode::kPass);
}

}  // namespace seep::agent
