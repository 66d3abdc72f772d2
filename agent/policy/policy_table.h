// SPDX-License-Identifier: Apache-2.0
// Reading tables of a TOML file: every mistake is noted with its place, and reading goes on.
#pragma once

#include <toml++/toml.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/model/error.h"

namespace seep::agent {

// What is wrong with one file. Used by one reader.
class PolicyMistakes {
 public:
  explicit PolicyMistakes(std::string file) : file_(std::move(file)) {}

  // "FILE:LINE:COLUMN: KEY: MESSAGE"
  void Add(const toml::source_region& where, const std::string& key, const std::string& message);
  void Add(const toml::node& node, const std::string& key, const std::string& message) {
    Add(node.source(), key, message);
  }
  // In their order in the file.
  std::vector<model::Error> Take();

 private:
  struct Mistake {
    toml::source_position at;
    model::Error error;
  };

  std::string file_;
  std::vector<Mistake> mistakes_;
};

// One table. `name` is how mistakes call it: "limits" or "suppression". Lives as long as the file.
class PolicyTable {
 public:
  PolicyTable(const toml::table& table, std::string name, PolicyMistakes* mistakes)
      : table_(table), name_(std::move(name)), mistakes_(*mistakes) {}

  // The value of a key, if it is there; it is known from then on.
  const toml::node* Find(const std::string& key);
  // Not empty. Says what is wanted when the key is not there.
  std::optional<std::string> NeedText(const std::string& key, const std::string& why);
  std::optional<std::string> Text(const std::string& key);

  // A mistake each that was asked for by no Find, with the nearest that was.
  void RefuseOthers();

  void Refuse(const std::string& message) { mistakes_.Add(table_, name_, message); }
  void Refuse(const toml::node& node, const std::string& key, const std::string& message) {
    mistakes_.Add(node, name_.empty() ? key : name_ + '.' + key, message);
  }
  const toml::table& toml() const { return table_; }

 private:
  const toml::table& table_;
  std::string name_;
  PolicyMistakes& mistakes_;
  std::vector<std::string> known_;
};

}  // namespace seep::agent
