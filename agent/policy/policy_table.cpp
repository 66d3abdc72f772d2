// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/policy_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "agent/policy/policy_keys.h"

namespace seep::agent {

void PolicyMistakes::Add(const toml::source_region& where, const std::string& key,
                         const std::string& message) {
  mistakes_.push_back(
      {where.begin,
       {model::Errc::kInvalidArgument, fmt::format("{}:{}:{}: {}: {}", file_, where.begin.line,
                                                   where.begin.column, key, message)}});
}

std::vector<model::Error> PolicyMistakes::Take() {
  std::ranges::stable_sort(mistakes_, {}, [](const Mistake& mistake) {
    return std::pair(mistake.at.line, mistake.at.column);
  });
  std::vector<model::Error> errors;
  for (Mistake& mistake : mistakes_) errors.push_back(std::move(mistake.error));
  return errors;
}

const toml::node* PolicyTable::Find(const std::string& key) {
  known_.push_back(key);
  return table_.get(key);
}

std::optional<std::string> PolicyTable::Text(const std::string& key) {
  const toml::node* node = Find(key);
  if (node == nullptr) return std::nullopt;
  const auto text = node->value_exact<std::string>();
  if (text && !text->empty()) return text;
  Refuse(*node, key, "a text in quotes is wanted, and not an empty one");
  return std::nullopt;
}

std::optional<std::string> PolicyTable::NeedText(const std::string& key, const std::string& why) {
  if (table_.contains(key)) return Text(key);
  known_.push_back(key);
  Refuse(fmt::format("'{}' is missing: {}", key, why));
  return std::nullopt;
}

void PolicyTable::RefuseOthers() {
  for (const auto& [key, node] : table_) {
    const std::string name(key.str());
    if (std::ranges::find(known_, name) != known_.end()) continue;
    const std::string nearest = Nearest(name, known_);
    mistakes_.Add(key.source(), name_.empty() ? name : name_ + '.' + name,
                  nearest.empty()
                      ? fmt::format("unknown key; known are {}", fmt::join(known_, ", "))
                      : fmt::format("unknown key; is '{}' meant? Known are {}", nearest,
                                    fmt::join(known_, ", ")));
  }
}

}  // namespace seep::agent
