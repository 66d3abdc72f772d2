// SPDX-License-Identifier: Apache-2.0
// Prepared statements: Statement owns one, Rows walks over the result of one.
// Used through Database::Run and Database::Query. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "storage/model/error.h"

struct sqlite3_stmt;

namespace seep::sqlite {

// What a column and a parameter may be: integers, enums (ids) and bool are INTEGER, double is
// REAL, strings are TEXT, Blob is BLOB, an empty optional is NULL. 64-bit unsigned values keep
// their bits: above 2^63 they look negative in SQL and come back unchanged. SQLite stores NaN as
// NULL.
template <typename T>
concept Integer = std::is_integral_v<T> || std::is_enum_v<T>;

// Bytes that are no text.
struct Blob {
  std::string bytes;
};

class Statement {
 public:
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

  // Binds parameter `index` (from 1). The first failure is reported by the next step.
  template <Integer T>
  void Bind(int index, T value) {
    BindInteger(index, static_cast<int64_t>(value));
  }
  void Bind(int index, double value);
  void Bind(int index, std::string_view value);  // copied
  void Bind(int index, const Blob& value);       // copied
  template <typename T>
  void Bind(int index, const std::optional<T>& value) {
    if (value) {
      Bind(index, *value);
    } else {
      BindNull(index);
    }
  }

  // True: a row is there. False: done. An error: the statement has been reset.
  model::Result<bool> Step();
  void Reset();

  // The columns of the row, from 0.
  template <typename T>
  void Read(int column, T& value) const {
    if constexpr (Integer<T>) {
      value = static_cast<T>(ReadInteger(column));
    } else {
      ReadInto(column, value);
    }
  }

 private:
  struct Finalizer {
    void operator()(sqlite3_stmt* handle) const;
  };

  void BindInteger(int index, int64_t value);
  void BindNull(int index);
  int64_t ReadInteger(int column) const;
  bool IsNull(int column) const;
  void ReadInto(int column, double& value) const;
  void ReadInto(int column, std::string& value) const;
  void ReadInto(int column, Blob& value) const;
  template <typename T>
  void ReadInto(int column, std::optional<T>& value) const {
    value.reset();
    if (!IsNull(column)) Read(column, value.emplace());
  }

  std::unique_ptr<sqlite3_stmt, Finalizer> handle_;
  int bind_result_ = 0;  // first failed Bind since the last Reset
};

// for (Rows rows = db.Query(...); rows.Next(...);) ...; then look at status(): a walk that met an
// error ends early. While it lives the same SQL must not be run again on the same database, and
// the database must stay.
class Rows {
 public:
  explicit Rows(model::Result<Statement*> statement);
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows();

  // Moves to the next row and reads its first columns into `values`.
  template <typename... T>
  bool Next(T&... values) {
    if (!Advance()) return false;
    int column = 0;
    (statement_->Read(column++, values), ...);
    return true;
  }
  const model::Status& status() const { return status_; }

 private:
  bool Advance();

  Statement* statement_ = nullptr;
  model::Status status_;
};

}  // namespace seep::sqlite
