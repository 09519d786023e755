import { memo } from 'react';
import { isRecord } from '../../../shared/reading';
import { keyOf } from '../data';
import type { Path } from '../data';
import { useForm } from '../form';
import { formOf, isOf, isWords, resolve } from '../schema';
import type { Rules } from '../types';
import { CheckField } from './CheckField';
import { ChoiceField } from './ChoiceField';
import { ListField } from './ListField';
import { MapField } from './MapField';
import { NumberField } from './NumberField';
import { ObjectField } from './ObjectField';
import { TextField } from './TextField';
import { WordsField } from './WordsField';
import { WordingsField } from './WordingsField';

export interface FieldProps {
  rules: Rules;
  path: Path;
  value: unknown;
  label: string;
  /** Whether it can be taken away. */
  isOptional: boolean;
}

interface Props {
  rules: Rules;
  path: Path;
  value: unknown;
  label?: string;
  isOptional?: boolean;
}

/** The field of one part, made from what the schema says of it. */
export const Field = memo(
  function Field({ rules: given, path, value, label, isOptional = false }: Props) {
    const { definitions } = useForm();
    const whole = resolve(given, definitions);
    const rules = formOf(whole, value, definitions);
    const props: FieldProps = {
      rules,
      path,
      value,
      label: label ?? rules.title ?? String(path[path.length - 1] ?? ''),
      isOptional,
    };
    if (whole.oneOf?.some((each) => isOf(resolve(each, definitions), 'array'))) {
      return <WordingsField {...props} rules={whole} />;
    }
    if (rules.enum || (rules['x-choices'] && rules['x-choices'] !== 'acts')) return <ChoiceField {...props} />;
    if (isOf(rules, 'boolean')) return <CheckField {...props} />;
    if (isOf(rules, 'number') || isOf(rules, 'integer')) return <NumberField {...props} />;
    if (isWords(rules, definitions)) return <WordsField {...props} />;
    if (isOf(rules, 'array')) return <ListField {...props} />;
    if (rules.properties) return <ObjectField {...props} />;
    if (isRecord(value) || isOf(rules, 'object')) return <MapField {...props} />;
    return <TextField {...props} />;
  },
  (before, after) =>
    before.rules === after.rules &&
    before.value === after.value &&
    before.label === after.label &&
    before.isOptional === after.isOptional &&
    keyOf(before.path) === keyOf(after.path),
);
