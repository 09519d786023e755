import { texts } from '../texts';
import { moment } from '../times';
import type { Quota } from '../types';

/** From here on it is worth thinking before sending. */
const FEW = 2;

/** WeChat lets a service account answer only so often. */
export function QuotaLine({ quota }: { quota: Quota | null }) {
  return (
    <p className="quota" role="status" data-shown={quota !== null && quota.left <= FEW}>
      {quota && quota.left <= FEW && sentence(quota)}
    </p>
  );
}

function sentence({ left, until }: Quota): string {
  if (left <= 0) return texts.composer.quotaOver;
  return texts.composer.quota(left) + (until ? texts.composer.quotaUntil(moment(until)) : '');
}
