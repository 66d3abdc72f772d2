// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/database.h"

#include <sqlite3.h>

#include <utility>

#include "storage/sqlite/failure.h"

namespace seep::sqlite {

void Database::Closer::operator()(sqlite3* connection) const {
  // v2: on a move assignment the statements go after the connection.
  sqlite3_close_v2(connection);
}

Database::Database(std::string path, Connection connection)
    : path_(std::move(path)), connection_(std::move(connection)) {}

model::Result<Statement*> Database::Prepare(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return &known->second;
  sqlite3_stmt* handle = nullptr;
  const int result = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (result != SQLITE_OK) return Failure(connection_.get(), result);
  return &statements_.emplace(sql, Statement(handle)).first->second;
}

model::Status Database::RunScript(const char* script) {
  const int result = sqlite3_exec(connection_.get(), script, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return Failure(connection_.get(), result);
  return {};
}

int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(connection_.get());
}

int64_t Database::changed_rows() const {
  return sqlite3_changes64(connection_.get());
}

bool Database::is_in_transaction() const {
  return sqlite3_get_autocommit(connection_.get()) == 0;
}

model::Result<Transaction> Transaction::Start(Database& database, Kind kind) {
  const auto begun = database.Run(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN");
  if (!begun) return std::unexpected(begun.error());
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // SQLite has already rolled back after some errors (disk full), and then refuses another one.
  // A rollback cannot fail otherwise: what it leaves undone the next open undoes.
  if (database_ != nullptr && database_->is_in_transaction()) {
    [[maybe_unused]] const auto ignored = database_->Run("ROLLBACK");
  }
}

model::Status Transaction::Commit() {
  auto committed = database_->Run("COMMIT");
  if (committed) database_ = nullptr;
  return committed;
}

}  // namespace seep::sqlite
