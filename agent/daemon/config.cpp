// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "storage/model/units.h"

namespace seep::agent {
namespace {

using model::Errc;

// What is wrong, and where; thrown in this file only.
struct Wrong {
  std::string message;
};

[[noreturn]] void Refuse(const toml::node& node, const std::string& message) {
  const toml::source_position at = node.source().begin;
  throw Wrong{fmt::format("{}:{}: {}", at.line, at.column, message)};
}

// Takes the keys of a table by their setters; says which key nobody knows.
using Setters = std::map<std::string, std::function<void(const toml::node&)>, std::less<>>;
void TakeKeys(const toml::table& table, const Setters& setters) {
  for (const auto& [key, node] : table) {
    const auto setter = setters.find(key.str());
    if (setter == setters.end()) {
      std::vector<std::string> known;
      for (const auto& [name, unused] : setters) known.push_back(name);
      Refuse(node,
             fmt::format("unknown key '{}'; known are {}", key.str(), fmt::join(known, ", ")));
    }
    setter->second(node);
  }
}

auto Text(std::string* value) {
  return [value](const toml::node& node) {
    const auto text = node.value<std::string>();
    if (!text) Refuse(node, "a string in quotes is wanted");
    *value = *text;
  };
}

auto Flag(bool* value) {
  return [value](const toml::node& node) {
    const auto flag = node.value<bool>();
    if (!flag) Refuse(node, "true or false is wanted");
    *value = *flag;
  };
}

template <typename Value, typename Parser>
auto Parsed(Value* value, Parser parse) {
  return [value, parse](const toml::node& node) {
    const auto text = node.value<std::string>();
    if (!text) Refuse(node, "a string in quotes is wanted, such as \"5s\" or \"2GiB\"");
    const auto parsed = parse(*text);
    if (!parsed) Refuse(node, parsed.error().message);
    *value = *parsed;
  };
}
auto Duration(double* seconds) {
  return Parsed(seconds, &model::ParseDuration);
}
auto Size(uint64_t* bytes) {
  return Parsed(bytes, &model::ParseSize);
}

auto Texts(std::vector<std::string>* values) {
  return [values](const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr) Refuse(node, "a list of strings is wanted");
    for (const toml::node& element : *array) Text (&values->emplace_back())(element);
  };
}

endpoint::LoadSource ReadLoad(const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) Refuse(node, "[[target.load]] is wanted");
  endpoint::LoadSource source;
  const auto format = [](const std::string& name) -> model::Result<endpoint::LoadFormat> {
    if (const auto known = endpoint::ParseLoadFormat(name)) return *known;
    return model::Fail(Errc::kInvalidArgument, "format '" + name + "' is not known; known are " +
                                                   endpoint::LoadFormatNames());
  };
  TakeKeys(*table, {{"endpoint", Text(&source.endpoint)},
                    {"requests", Text(&source.requests)},
                    {"errors", Text(&source.errors)},
                    {"latency", Text(&source.latency)},
                    {"operation", Text(&source.operation)},
                    {"token_file", Text(&source.token_file)},
                    {"file", Text(&source.file)},
                    {"format", Parsed(&source.format, format)},
                    {"expected_interval", Duration(&source.expected_interval_s)}});
  const auto checked = endpoint::CheckLoadSource(source);
  if (checked) return source;
  // The key that it is about, if there is one.
  const std::string& message = checked.error().message;
  const toml::node* key = table->get(std::string_view(message).substr(0, message.find(':')));
  Refuse(key != nullptr ? *key : node, message);
}

auto Load(std::vector<endpoint::LoadSource>* sources) {
  return [sources](const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr) Refuse(node, "sources of load are written as [[target.load]]");
    for (const toml::node& element : *array) {
      endpoint::LoadSource source = ReadLoad(element);
      for (const endpoint::LoadSource& other : *sources) {
        const bool is_same = NameOf(other) == NameOf(source);
        if (is_same) Refuse(element, "a second source of load '" + NameOf(source) + "'");
      }
      sources->push_back(std::move(source));
    }
  };
}

TargetRule ReadRule(const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) Refuse(node, "[[target]] is wanted");
  TargetRule rule;
  TakeKeys(*table, {{"name", Text(&rule.name)},
                    {"exe", Text(&rule.exe)},
                    {"cmdline", Text(&rule.cmdline)},
                    {"cgroup", Text(&rule.cgroup)},
                    {"pid_file", Text(&rule.pid_file)},
                    {"limit", Size(&rule.limit_bytes)},
                    {"load", Load(&rule.load)}});
  if (rule.name.empty()) Refuse(node, "a [[target]] needs a name");
  if (rule.exe.empty() && rule.cmdline.empty() && rule.cgroup.empty() && rule.pid_file.empty()) {
    Refuse(node, fmt::format("target '{}' needs exe, cmdline, cgroup or pid_file", rule.name));
  }
  try {
    const std::regex tried(rule.cmdline);
  } catch (const std::regex_error& error) {
    Refuse(node, fmt::format("target '{}': cmdline is no regular expression ({})", rule.name,
                             error.what()));
  }
  return rule;
}

auto Retention(sqlite::RetentionPolicy* policy) {
  return [policy](const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) Refuse(node, "[retention] is wanted");
    uint64_t size_cap_bytes = 0;
    TakeKeys(*table, {{"raw", Duration(&policy->raw_s)},
                      {"minute", Duration(&policy->minute_s)},
                      {"size_cap", Size(&size_cap_bytes)}});
    policy->size_cap_bytes = static_cast<int64_t>(size_cap_bytes);
  };
}

auto Rules(std::vector<TargetRule>* rules) {
  return [rules](const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr) Refuse(node, "targets are written as [[target]]");
    std::set<std::string> names;
    for (const toml::node& element : *array) {
      rules->push_back(ReadRule(element));
      if (!names.insert(rules->back().name).second) {
        Refuse(element, fmt::format("a second target '{}'", rules->back().name));
      }
    }
  };
}

}  // namespace

model::Result<DaemonConfig> ReadConfig(const std::string& path) {
  std::ifstream file(path);
  if (!file) return model::FailErrno("configuration " + path);
  std::ostringstream text;
  text << file.rdbuf();
  DaemonConfig config;
  try {
    const toml::table table = toml::parse(std::string_view(text.view()), path);
    TakeKeys(table, {{"database", Text(&config.database)},
                     {"tick", Duration(&config.tick_s)},
                     {"snapshot", Duration(&config.snapshot_s)},
                     {"run_length", Duration(&config.run_length_s)},
                     {"idle", Duration(&config.idle_s)},
                     {"judge", Duration(&config.judge_s)},
                     {"find_ledgers", Flag(&config.finds_ledgers)},
                     {"ledger_directories", Texts(&config.ledger_directories)},
                     {"listen", Text(&config.listen)},
                     {"token_file", Text(&config.token_file)},
                     {"symbol_server", Text(&config.symbol_server)},
                     {"retention", Retention(&config.retention)},
                     {"target", Rules(&config.targets)}});
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    return model::Fail(Errc::kInvalidArgument,
                       fmt::format("{}:{}:{}: {}", path, at.line, at.column, error.description()));
  } catch (const Wrong& wrong) {
    return model::Fail(Errc::kInvalidArgument, path + ":" + wrong.message);
  }
  return config;
}

}  // namespace seep::agent
