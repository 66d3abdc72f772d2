// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/migrate.h"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "storage/sqlite/schema.h"

namespace seep::sqlite {
namespace {

using model::Status;

constexpr int64_t kIncremental = 2;  // of PRAGMA auto_vacuum
// Beyond it a VACUUM would hold up the start for longer than a minute.
constexpr uint64_t kMostVacuum_bytes = uint64_t{4} << 30;
constexpr uint64_t kSpare_bytes = 64 << 20;

const char* StepFrom(int64_t version) {
  return kMigrationSql[version - kOldestSchemaVersion];
}

// Views hold no data. Those of another's own making stay.
Status ReplaceViews(Database& database) {
  std::vector<std::string> views;
  std::string name;
  Rows rows = database.Query("SELECT name FROM sqlite_schema WHERE type = 'view'");
  while (rows.Next(name)) {
    const bool is_ours = std::string_view(kViewsSql).contains("CREATE VIEW " + name + " AS");
    if (is_ours) views.push_back(name);
  }
  if (!rows.status()) return rows.status();
  for (const std::string& view : views) {
    if (auto s = database.RunScript(("DROP VIEW " + view).c_str()); !s) return s;
  }
  return database.RunScript(kViewsSql);
}

Status Step(Database& database, int64_t from) {
  auto transaction = Transaction::Start(database, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  // Another process may have been faster.
  const auto version = database.QueryValue<int64_t>("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (version->value_or(0) != from) return {};
  if (auto s = database.RunScript(StepFrom(from)); !s) return s;
  if (from + 1 == kSchemaVersion) {
    if (auto s = ReplaceViews(database); !s) return s;
  }
  const std::string mark = "PRAGMA user_version = " + std::to_string(from + 1);
  if (auto s = database.RunScript(mark.c_str()); !s) return s;
  return transaction->Commit();
}

}  // namespace

Status Migrate(Database& database, int64_t from) {
  for (; from < kSchemaVersion; ++from) {
    if (auto s = Step(database, from); !s) {
      return model::Fail(s.error().code, s.error().message +
                                             "; it could not be brought to schema " + "version " +
                                             std::to_string(from + 1) + " and is left at version " +
                                             std::to_string(from));
    }
  }
  return {};
}

Status AddMissing(Database& database, int64_t from) {
  if (auto s = database.RunScript("PRAGMA temp_store = MEMORY"); !s) return s;
  for (; from < kSchemaVersion; ++from) {
    constexpr std::string_view kCreate = "CREATE TABLE ";
    std::string script = StepFrom(from);
    for (size_t at = script.find(kCreate); at != std::string::npos;
         at = script.find(kCreate, at + 1)) {
      script.replace(at, kCreate.size(), "CREATE TEMP TABLE ");
    }
    if (auto s = database.RunScript(script.c_str()); !s) return s;
  }
  return {};
}

std::string MakeShrinkable(Database& database) {
  const auto mode = database.QueryValue<int64_t>("PRAGMA auto_vacuum");
  if (mode && mode->value_or(0) == kIncremental) return {};
  const std::string consequence = "; its file will not become smaller until a VACUUM does it";
  std::error_code failure;
  const uint64_t file_bytes = std::filesystem::file_size(database.path(), failure);
  std::filesystem::path folder = std::filesystem::absolute(database.path(), failure).parent_path();
  const auto space = std::filesystem::space(folder, failure);
  if (failure) return database.path() + ": " + failure.message() + consequence;
  if (file_bytes > kMostVacuum_bytes) return database.path() + " is large" + consequence;
  if (space.available < 2 * file_bytes + kSpare_bytes) {
    return database.path() + ": too little room beside it for a VACUUM" + consequence;
  }
  if (auto s = database.RunScript("PRAGMA auto_vacuum = INCREMENTAL; VACUUM;"); !s) {
    return s.error().message + consequence;
  }
  return {};
}

}  // namespace seep::sqlite
