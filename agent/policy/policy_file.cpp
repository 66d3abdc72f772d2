// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/policy_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <utility>

#include "agent/policy/policy_keys.h"
#include "agent/policy/policy_table.h"
#include "agent/policy/policy_values.h"
#include "analysis/regression/feature_kinds.h"
#include "analysis/series/metric_kind.h"

namespace seep::agent {
namespace {

using model::Errc;
using model::PolicyLimit;
using model::Suppression;

int LineOf(const toml::node& node) {
  return static_cast<int>(node.source().begin.line);
}

// Sets one bound of a limit; false: a mistake.
bool SetBound(const toml::node& node, const std::string& key, Bound bound, PolicyTable& table,
              PolicyLimit& limit) {
  const analysis::FeatureKind* kind = analysis::FindFeature(limit.feature);
  const bool is_less_worse = kind != nullptr && kind->worse == analysis::WorseWhen::kLess;
  const auto value = bound == Bound::kMostChange
                         ? ParseChange(node, is_less_worse)
                         : ParseFigure(node, kind != nullptr ? kind->unit : "bytes");
  if (!value) {
    table.Refuse(node, key, value.error().message);
    return false;
  }
  (bound == Bound::kMost    ? limit.most
   : bound == Bound::kLeast ? limit.least
                            : limit.most_change) = *value;
  return true;
}

// A table whose keys are limits by their names.
void ReadNamed(PolicyTable table, std::span<const LimitKey> keys,
               std::vector<PolicyLimit>& limits) {
  for (const LimitKey& key : keys) {
    const std::string name(key.name);
    const toml::node* node = table.Find(name);
    if (node == nullptr) continue;
    PolicyLimit limit;
    limit.name = key.bound == Bound::kMostChange ? "relative." + name : name;
    limit.line = LineOf(*node);
    limit.feature = key.feature;
    if (SetBound(*node, name, key.bound, table, limit)) limits.push_back(std::move(limit));
  }
  table.RefuseOthers();
}

// [relative] has one key that is not relative: what the classic gates have beside each other.
void ReadRelative(PolicyTable table, std::vector<PolicyLimit>& limits) {
  constexpr LimitKey kRecovery{"recovery", "latency.recovery", Bound::kMost};
  std::vector<LimitKey> keys(RelativeKeys().begin(), RelativeKeys().end());
  keys.push_back(kRecovery);
  ReadNamed(std::move(table), keys, limits);
}

void ReadLimit(PolicyTable table, std::vector<PolicyLimit>& limits) {
  std::vector<std::string> features;
  for (const analysis::FeatureKind& kind : analysis::FeatureKinds()) {
    features.emplace_back(kind.name);
  }
  const auto feature =
      table.NeedText("feature", "which figure of a run, such as \"rss_swap.peak\"");
  const auto name = table.Text("name");
  const std::pair<const char*, Bound> bounds[] = {
      {"most", Bound::kMost}, {"least", Bound::kLeast}, {"most_change", Bound::kMostChange}};
  PolicyLimit limit;
  limit.line = LineOf(table.toml());
  limit.feature = feature.value_or("");
  limit.name = name.value_or(limit.feature);
  const bool is_known = feature && analysis::FindFeature(*feature) != nullptr;
  bool has_bound = false;
  for (const auto& [key, bound] : bounds) {
    const toml::node* node = table.Find(key);
    has_bound = has_bound || node != nullptr;
    if (node != nullptr && is_known) SetBound(*node, key, bound, table, limit);
  }
  if (feature && !is_known) {
    const std::string nearest = Nearest(*feature, features);
    table.Refuse(*table.toml().get("feature"), "feature",
                 fmt::format("no figure is called '{}'{}; docs/policy.md has all", *feature,
                             nearest.empty() ? "" : "; is '" + nearest + "' meant?"));
  }
  if (!has_bound) table.Refuse("one of most, least, most_change is missing");
  table.RefuseOthers();
  limits.push_back(std::move(limit));
}

// A fingerprint as reports print it.
std::optional<std::string> ReadFingerprint(PolicyTable& table) {
  const auto text = table.Text("fingerprint");
  if (!text) return std::nullopt;
  constexpr size_t kDigits = 16;
  const bool is_one =
      text->size() == kDigits && text->find_first_not_of("0123456789abcdef") == std::string::npos;
  if (is_one) return text;
  table.Refuse(*table.toml().get("fingerprint"), "fingerprint",
               "16 hexadecimal digits in lower case are wanted, as reports print them");
  return std::nullopt;
}

void ReadStack(PolicyTable table, std::vector<PolicyLimit>& limits) {
  const auto fingerprint = ReadFingerprint(table);
  const auto function = table.Text("function");
  const auto name = table.Text("name");
  PolicyLimit limit;
  limit.line = LineOf(table.toml());
  limit.fingerprint = fingerprint.value_or("");
  limit.function = function.value_or("");
  limit.name = name.value_or("stack " + limit.fingerprint + limit.function);
  if (table.toml().contains("fingerprint") == table.toml().contains("function")) {
    table.Refuse("either 'fingerprint' or 'function' is wanted: which stacks it limits");
  }
  try {
    const std::regex tried(limit.function);
  } catch (const std::regex_error& error) {
    table.Refuse(*table.toml().get("function"), "function",
                 fmt::format("no regular expression (ECMAScript): {}", error.what()));
  }
  const std::pair<const char*, const char*> figures[] = {{"growth_per_hour", model::kStackGrowth},
                                                         {"live", model::kStackLive}};
  bool has_figure = false;
  for (const auto& [key, feature] : figures) {
    const toml::node* node = table.Find(key);
    if (node == nullptr) continue;
    has_figure = true;
    PolicyLimit one = limit;
    one.feature = feature;
    one.name += std::string(", ") + key;
    if (SetBound(*node, key, Bound::kMost, table, one)) limits.push_back(std::move(one));
  }
  if (!has_figure) table.Refuse("one of growth_per_hour, live is missing");
  table.RefuseOthers();
}

void ReadMetric(PolicyTable& table, Suppression& suppression) {
  const auto metric = table.Text("metric");
  if (!metric) return;
  suppression.metric = *metric;
  const std::vector<std::string> known = SuppressibleMetrics();
  if (std::ranges::find(known, *metric) != known.end()) return;
  const std::string nearest = Nearest(*metric, known);
  table.Refuse(*table.toml().get("metric"), "metric",
               fmt::format("no series or figure is called '{}'{}; docs/policy.md has all", *metric,
                           nearest.empty() ? "" : "; is '" + nearest + "' meant?"));
}

void ReadSuppression(PolicyTable table, std::vector<Suppression>& suppressions) {
  Suppression suppression;
  suppression.line = LineOf(table.toml());
  suppression.fingerprint = ReadFingerprint(table).value_or("");
  ReadMetric(table, suppression);
  if (table.toml().contains("fingerprint") == table.toml().contains("metric")) {
    table.Refuse("either 'fingerprint' or 'metric' is wanted: what it covers");
  }
  suppression.reason =
      table.NeedText("reason", "say why it is tolerated, with the number of its ticket")
          .value_or("");
  suppression.owner = table.NeedText("owner", "say who mends it").value_or("");
  if (const toml::node* expires = table.Find("expires"); expires == nullptr) {
    table.Refuse("'expires' is missing: the day from which on it is not valid, such as 2026-12-31");
  } else if (const auto day = ParseDay(*expires)) {
    suppression.expires_at_ns = *day;
  } else {
    table.Refuse(*expires, "expires", day.error().message);
  }
  if (const toml::node* rate = table.Find("rate_per_hour")) {
    const bool is_stack = suppression.metric.empty();
    const bool is_feature = suppression.metric.find('.') != std::string::npos;
    const auto value =
        ParseFigure(*rate, is_stack ? "bytes" : analysis::KindOf(suppression.metric, {}).unit);
    if (is_feature) {
      table.Refuse(*rate, "rate_per_hour",
                   "a figure has no rate; name the series, the part before the point");
    } else if (value) {
      suppression.rate_per_hour = *value;
    } else {
      table.Refuse(*rate, "rate_per_hour", value.error().message);
    }
  }
  table.RefuseOthers();
  for (const Suppression& other : suppressions) {
    const bool is_named = !suppression.fingerprint.empty() || !suppression.metric.empty();
    if (is_named && other.fingerprint == suppression.fingerprint &&
        other.metric == suppression.metric) {
      table.Refuse(fmt::format("{} is suppressed in line {} already; one of them is enough",
                               suppression.fingerprint + suppression.metric, other.line));
    }
  }
  suppressions.push_back(std::move(suppression));
}

// Calls `read` with the table of that name, if there is one.
void WithTable(PolicyTable& root, PolicyMistakes* mistakes, const std::string& key, auto read) {
  const toml::node* node = root.Find(key);
  if (node == nullptr) return;
  const toml::table* table = node->as_table();
  if (table == nullptr) return root.Refuse(*node, key, "it is written as [" + key + "]");
  read(PolicyTable(*table, key, mistakes));
}

// Likewise with each of several.
void WithTables(PolicyTable& root, PolicyMistakes* mistakes, const std::string& key, auto read) {
  const toml::node* node = root.Find(key);
  if (node == nullptr) return;
  const toml::array* tables = node->as_array();
  if (tables == nullptr) return root.Refuse(*node, key, "it is written as [[" + key + "]]");
  for (const toml::node& element : *tables) {
    const toml::table* table = element.as_table();
    if (table == nullptr) {
      root.Refuse(element, key, "it is written as [[" + key + "]]");
      continue;
    }
    read(PolicyTable(*table, key, mistakes));
  }
}

}  // namespace

model::Result<std::string> ReadPolicyText(const std::string& path) {
  const auto fail = [&path](const std::string& why) {
    return model::Fail(Errc::kInvalidArgument, "policy " + path + ": " + why);
  };
  if (std::error_code ignored; std::filesystem::is_directory(path, ignored)) {
    return fail("it is a folder; name a file");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(std::generic_category().message(errno));
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (file.bad()) return fail(std::generic_category().message(errno));
  return text;
}

std::expected<model::Policy, PolicyErrors> ParsePolicy(std::string_view text,
                                                       const std::string& name) {
  model::Policy policy{.file = name, .limits = {}, .suppressions = {}};
  PolicyMistakes mistakes(name);
  try {
    const toml::table file = toml::parse(text, name);
    PolicyTable root(file, "", &mistakes);
    WithTable(root, &mistakes, "limits",
              [&](PolicyTable table) { ReadNamed(std::move(table), LimitKeys(), policy.limits); });
    WithTable(root, &mistakes, "relative",
              [&](PolicyTable table) { ReadRelative(std::move(table), policy.limits); });
    WithTables(root, &mistakes, "limit",
               [&](PolicyTable table) { ReadLimit(std::move(table), policy.limits); });
    WithTables(root, &mistakes, "stack",
               [&](PolicyTable table) { ReadStack(std::move(table), policy.limits); });
    WithTables(root, &mistakes, "suppression",
               [&](PolicyTable table) { ReadSuppression(std::move(table), policy.suppressions); });
    root.RefuseOthers();
  } catch (const toml::parse_error& error) {
    return std::unexpected(PolicyErrors{
        {Errc::kInvalidArgument, fmt::format("{}:{}:{}: {}", name, error.source().begin.line,
                                             error.source().begin.column, error.description())}});
  }
  PolicyErrors errors = mistakes.Take();
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return policy;
}

std::expected<model::Policy, PolicyErrors> ReadPolicy(const std::string& path) {
  const auto text = ReadPolicyText(path);
  if (!text) return std::unexpected(PolicyErrors{text.error()});
  return ParsePolicy(*text, path);
}

}  // namespace seep::agent
