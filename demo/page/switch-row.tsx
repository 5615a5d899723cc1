import { useId } from 'react'

interface RowProps {
  label: string
  /** One line: what to expect. */
  expect: string
}

/** Something that stays as it is until it is flipped back. */
export function SwitchRow({
  label,
  expect,
  isOn,
  onFlip,
}: RowProps & { isOn: boolean; onFlip: (on: boolean) => void }) {
  const id = useId()
  return (
    <li className="row">
      <span className="row__text">
        <span id={`${id}label`} className="row__label">
          {label}
        </span>
        <span id={`${id}expect`} className="row__expect">
          {expect}
        </span>
      </span>
      <button
        type="button"
        role="switch"
        className="switch"
        aria-checked={isOn}
        aria-labelledby={`${id}label`}
        aria-describedby={`${id}expect`}
        onClick={() => onFlip(!isOn)}
      />
    </li>
  )
}

/** Something that happens once. */
export function ActionRow({ label, expect, verb, onRun }: RowProps & { verb: string; onRun: () => void }) {
  const id = useId()
  return (
    <li className="row">
      <span className="row__text">
        <span className="row__label">{label}</span>
        <span id={`${id}expect`} className="row__expect">
          {expect}
        </span>
      </span>
      <button
        type="button"
        className="button button--small"
        aria-label={label}
        aria-describedby={`${id}expect`}
        onClick={onRun}
      >
        {verb}
      </button>
    </li>
  )
}
