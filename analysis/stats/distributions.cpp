// SPDX-License-Identifier: Apache-2.0
#include "analysis/stats/distributions.h"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>

namespace seep::analysis {
namespace {

namespace policies = boost::math::policies;

// We do not throw (style.md, "Errors"); results must not depend on the width of long double.
using Quiet = policies::policy<
    policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
    policies::overflow_error<policies::ignore_error>,
    policies::evaluation_error<policies::ignore_error>, policies::promote_double<false>>;
using StudentT = boost::math::students_t_distribution<double, Quiet>;
using Binomial = boost::math::binomial_distribution<double, Quiet>;

}  // namespace

double StudentTQuantile(double probability, double degrees) {
  return boost::math::quantile(StudentT(degrees), probability);
}

double StudentTUpperTail(double t, double degrees) {
  return boost::math::cdf(boost::math::complement(StudentT(degrees), t));
}

double FairCoinUpperTail(uint64_t successes, uint64_t trials) {
  if (successes == 0 || trials == 0) return 1;
  if (successes > trials) return 0;
  const Binomial coin(static_cast<double>(trials), 0.5);
  return boost::math::cdf(boost::math::complement(coin, static_cast<double>(successes - 1)));
}

}  // namespace seep::analysis
