// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/statement.h"

#include <sqlite3.h>

#include <cstddef>

#include "storage/sqlite/failure.h"

namespace seep::sqlite {

void Statement::Finalizer::operator()(sqlite3_stmt* handle) const {
  sqlite3_finalize(handle);
}

void Statement::Bind(int index, double value) {
  const int result = sqlite3_bind_double(handle_.get(), index, value);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
}

void Statement::Bind(int index, std::string_view value) {
  // A null pointer would be bound as NULL.
  const char* text = value.empty() ? "" : value.data();
  const int result =
      sqlite3_bind_text64(handle_.get(), index, text, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
}

void Statement::Bind(int index, const Blob& value) {
  const int result = sqlite3_bind_blob64(handle_.get(), index, value.bytes.data(),
                                         value.bytes.size(), SQLITE_TRANSIENT);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
}

void Statement::BindInteger(int index, int64_t value) {
  const int result = sqlite3_bind_int64(handle_.get(), index, value);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
}

void Statement::BindNull(int index) {
  const int result = sqlite3_bind_null(handle_.get(), index);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
}

model::Result<bool> Statement::Step() {
  const int result = bind_result_ == SQLITE_OK ? sqlite3_step(handle_.get()) : bind_result_;
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  auto failure = Failure(sqlite3_db_handle(handle_.get()), result);
  Reset();
  return failure;
}

void Statement::Reset() {
  sqlite3_reset(handle_.get());
  bind_result_ = SQLITE_OK;
}

int64_t Statement::ReadInteger(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

void Statement::ReadInto(int column, double& value) const {
  value = sqlite3_column_double(handle_.get(), column);
}

void Statement::ReadInto(int column, std::string& value) const {
  const unsigned char* text = sqlite3_column_text(handle_.get(), column);
  const int text_bytes = sqlite3_column_bytes(handle_.get(), column);
  value.assign(reinterpret_cast<const char*>(text), text == nullptr ? 0 : size_t(text_bytes));
}

void Statement::ReadInto(int column, Blob& value) const {
  const void* bytes = sqlite3_column_blob(handle_.get(), column);
  const int length = sqlite3_column_bytes(handle_.get(), column);
  value.bytes.assign(static_cast<const char*>(bytes), bytes == nullptr ? 0 : size_t(length));
}

Rows::Rows(model::Result<Statement*> statement) {
  if (statement) {
    statement_ = *statement;
  } else {
    status_ = std::unexpected(statement.error());
  }
}

Rows::~Rows() {
  // An unfinished walk would hold its read transaction and keep the log from being checkpointed.
  if (statement_ != nullptr) statement_->Reset();
}

bool Rows::Advance() {
  if (!status_) return false;
  const auto has_row = statement_->Step();
  if (!has_row) status_ = std::unexpected(has_row.error());
  return has_row.value_or(false);
}

}  // namespace seep::sqlite
